package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.UnsupportedOnnxException;
import io.norma.onnx.file.UnsupportedPart;
import io.norma.onnx.operators.OnnxOperators;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UnsupportedOnnxTest {
  @Test
  void listsEverythingAtOnceByNode() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(22)
            .input(OnnxBuilder.declaration("wave", TensorProto.DataType.COMPLEX64_VALUE, 1))
            .input("x", -1, 2)
            .node("first", "NoSuchOperator", List.of("x"), List.of("a"))
            .node(
                NodeProto.newBuilder()
                    .setName("second")
                    .setDomain("com.microsoft")
                    .setOpType("FusedConv")
                    .addInput("a")
                    .addInput("wave")
                    .addOutput("b")
                    .build())
            .node("third", "Elu", List.of("b"), List.of("c"))
            .node("", "NoSuchEither", List.of("c"), List.of("y"))
            .output("y", -1, 2);

    UnsupportedOnnxException refusal =
        catchThrowableOfType(UnsupportedOnnxException.class, model::read);

    assertThat(refusal.parts())
        .containsExactly(
            new UnsupportedPart(
                "wave",
                "input",
                22,
                "ONNX data type COMPLEX64 is not supported; convert the model to FLOAT"),
            new UnsupportedPart("first", "NoSuchOperator", 22, "the operator is not supported"),
            new UnsupportedPart(
                "second",
                "com.microsoft.FusedConv",
                22,
                "operators of domain 'com.microsoft' are not supported"),
            new UnsupportedPart(
                "NoSuchEither_3", "NoSuchEither", 22, "the operator is not supported"));
    assertThat(refusal)
        .hasMessageContainingAll("'first'", "'second'", "'NoSuchEither_3'", "'wave'");
  }

  private static GraphProto.Builder branch(String output, NodeProto.Builder... nodes) {
    GraphProto.Builder graph = GraphProto.newBuilder();
    for (NodeProto.Builder node : nodes) {
      graph.addNode(node);
    }
    return graph.addOutput(OnnxBuilder.declaration(output, OnnxBuilder.FLOAT, -1, 2));
  }

  private static NodeProto.Builder node(String operator, String output) {
    return NodeProto.newBuilder().setOpType(operator).addInput("x").addOutput(output);
  }

  private static AttributeProto graph(String name, GraphProto.Builder graph) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.GRAPH)
        .setG(graph)
        .build();
  }

  @Test
  void listsWhatStandsInTheSubgraphsOfWhatIsRefused() {
    NodeProto.Builder inner =
        node("If", "t")
            .setName("inner")
            .setInput(0, "c")
            .addAttribute(graph("then_branch", branch("a", node("STFT", "a"))))
            .addAttribute(
                graph("else_branch", branch("b", node("Fused", "b").setDomain("com.microsoft"))));
    OnnxBuilder model =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 2)
            .input(OnnxBuilder.declaration("c", TensorProto.DataType.BOOL_VALUE))
            .node(
                "choice",
                "If",
                List.of("c"),
                List.of("h"),
                graph("then_branch", branch("t", node("Elu", "e"), inner)),
                graph("else_branch", branch("u", node("DFT", "u").setName("spectrum"))))
            .node(
                "again",
                "Loop",
                List.of("", "c", "h"),
                List.of("y"),
                graph(
                    "body",
                    branch("g", node("NoSuchOperator", "v"))
                        .addInput(OnnxBuilder.declaration("i", TensorProto.DataType.INT64_VALUE))
                        .addInput(OnnxBuilder.declaration("g", TensorProto.DataType.BOOL_VALUE))
                        .addInput(OnnxBuilder.declaration("w", OnnxBuilder.FLOAT, -1, 2))
                        .addOutput(OnnxBuilder.declaration("v", OnnxBuilder.FLOAT, -1, 2))))
            .output("y", -1, 2);

    UnsupportedOnnxException refusal =
        catchThrowableOfType(UnsupportedOnnxException.class, model::read);

    assertThat(refusal.parts())
        .extracting(part -> part.node() + ": " + part.operator())
        .containsExactly(
            "choice/then_branch/inner/then_branch/STFT_0: STFT",
            "choice/then_branch/inner/else_branch/Fused_0: com.microsoft.Fused",
            "choice/else_branch/spectrum: DFT",
            "again/body/NoSuchOperator_0: NoSuchOperator");
  }

  @Test
  void listsTheFirstThousandAndCountsTheOthers() {
    OnnxBuilder model = OnnxBuilder.operatorSet(22).input("x", -1, 2);
    String last = "x";
    for (int i = 0; i < 1234; i++) {
      model.node("", "NoSuchOperator", List.of(last), List.of("v" + i));
      last = "v" + i;
    }
    model.output(last, -1, 2);

    UnsupportedOnnxException refusal =
        catchThrowableOfType(UnsupportedOnnxException.class, model::read);

    assertThat(refusal.parts()).hasSize(1000);
    assertThat(refusal).hasMessageEndingWith("; and 234 more");
  }

  @Test
  void refusesNearestModesThatOnnxDoesNotName() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(13)
            .input("x", -1, 1, 2, 2)
            .floats("scales", 1, 1, 2, 2)
            .node(
                "up",
                "Resize",
                List.of("x", "", "scales"),
                List.of("y"),
                AttributeProto.newBuilder()
                    .setName("nearest_mode")
                    .setType(AttributeProto.AttributeType.STRING)
                    .setS(ByteString.copyFromUtf8("ceil_when_shrinking"))
                    .build())
            .output("y", -1, 1, 4, 4);

    assertThatThrownBy(model::read)
        .isInstanceOf(UnsupportedOnnxException.class)
        .hasMessageContaining("'up'")
        .hasMessageContaining("attribute 'nearest_mode' must be one of");
  }

  @Test
  void refusesNewerOperatorSetsByName() {
    UnsupportedOnnxException refusal =
        catchThrowableOfType(
            UnsupportedOnnxException.class, elu(OnnxOperators.NEWEST_OPERATOR_SET + 1)::read);

    assertThat(refusal).hasMessageContaining("operator set 29").hasMessageContaining("28");
  }

  @Test
  void takesOperatorSetsUpToTheNewestKnown() {
    for (int operatorSet : new int[] {1, 6, 7, 13, 21, 22, OnnxOperators.NEWEST_OPERATOR_SET}) {
      assertThat(elu(operatorSet).read().network().nodes()).hasSize(1);
    }
  }

  @Test
  void refusesModelsWithoutAnOperatorSet() {
    OnnxBuilder model = elu(22);
    model.model().clearOpsetImport();

    assertThatThrownBy(model::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("does not say which operator set");
  }

  @Test
  void refusesOperatorsThatCameLater() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(7)
            .input("x", -1, 2)
            .node("conv", "Celu", List.of("x"), List.of("y"))
            .output("y", -1, 2);

    assertThatThrownBy(model::read).isInstanceOf(UnsupportedOnnxException.class);
  }

  @Test
  void refusesInputsThatAreNoTensors() {
    ValueInfoProto sequence =
        ValueInfoProto.newBuilder()
            .setName("s")
            .setType(TypeProto.newBuilder().setSequenceType(TypeProto.Sequence.newBuilder()))
            .build();
    ValueInfoProto string = OnnxBuilder.declaration("t", TensorProto.DataType.STRING_VALUE, 1);

    UnsupportedOnnxException refusal =
        catchThrowableOfType(
            UnsupportedOnnxException.class, elu(22).input(sequence).input(string)::read);

    assertThat(refusal.parts()).extracting(UnsupportedPart::node).containsExactly("s", "t");
  }

  @Test
  void refusesStatisticsPerElement() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(7)
            .input("x", -1, 2, 3)
            .initializer(
                OnnxBuilder.floatTensor("p", 1, 2, 3, 4, 5, 6).toBuilder()
                    .clearDims()
                    .addDims(2)
                    .addDims(3)
                    .build())
            .node(
                "bn",
                "BatchNormalization",
                List.of("x", "p", "p", "p", "p"),
                List.of("y"),
                integer("spatial", 0))
            .output("y", -1, 2, 3);

    assertThatThrownBy(model::read)
        .isInstanceOf(UnsupportedOnnxException.class)
        .hasMessageContainingAll("'bn'", "spatial=0", "[2,3]", "per element");
  }

  private static OnnxBuilder elu(int operatorSet) {
    return OnnxBuilder.operatorSet(operatorSet)
        .input("x", -1, 2)
        .node("elu", "Elu", List.of("x"), List.of("y"))
        .output("y", -1, 2);
  }
}
