package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.declaration;

import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.NodeProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One node, or several where it makes or takes what is no tensor, and what they must answer to
 * which inputs, written out in {@code src/test/resources/operators}.
 *
 * @param nodes that read {@code x0} and so on, and make {@code y0} and so on; empty for the
 *     operator alone
 * @param inputs {@code null} for one that is absent
 */
record OperatorCase(
    String title,
    String operator,
    int operatorSet,
    List<AttributeProto> attributes,
    List<NodeProto> nodes,
    List<@Nullable Tensor> inputs,
    List<Tensor> outputs) {
  private static final Path CASES = Path.of("src/test/resources/operators");
  private static final JsonMapper JSON = new JsonMapper();

  /** Every case of every file. */
  static List<OperatorCase> all() {
    List<OperatorCase> cases = new ArrayList<>();
    try (Stream<Path> files = Files.list(CASES)) {
      for (Path file : files.sorted().toList()) {
        JSON.readTree(file).forEach(node -> addTo(cases, node));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return cases;
  }

  /** A case for each operator set under which the node means the same. */
  private static void addTo(List<OperatorCase> cases, JsonNode node) {
    node.path("operator_sets")
        .forEach(operatorSet -> cases.add(read(node, operatorSet.intValue())));
  }

  private static OperatorCase read(JsonNode node, int operatorSet) {
    List<AttributeProto> attributes = attributes(node);
    List<NodeProto> nodes = new ArrayList<>();
    node.path("nodes").forEach(one -> nodes.add(node(one)));
    List<@Nullable Tensor> inputs = new ArrayList<>();
    node.path("inputs")
        .forEach(input -> inputs.add(input.isNull() ? null : TensorText.parse(input.asString())));
    List<Tensor> outputs = new ArrayList<>();
    node.path("outputs").forEach(output -> outputs.add(TensorText.parse(output.asString())));
    String operator = node.path("operator").asString();
    String title =
        "%s of set %d %s %s"
            .formatted(
                operator,
                operatorSet,
                node.has("attributes") ? node.path("attributes").toString() : "",
                node.path("case").asString(""));
    return new OperatorCase(
        title.strip(), operator, operatorSet, attributes, nodes, inputs, outputs);
  }

  private static List<AttributeProto> attributes(JsonNode node) {
    List<AttributeProto> attributes = new ArrayList<>();
    node.path("attributes")
        .properties()
        .forEach(attribute ->
            attributes.add(AttributeText.parse(attribute.getKey(), attribute.getValue())));
    return attributes;
  }

  private static NodeProto node(JsonNode node) {
    NodeProto.Builder built =
        NodeProto.newBuilder()
            .setOpType(node.path("operator").asString())
            .addAllAttribute(attributes(node));
    node.path("inputs").forEach(input -> built.addInput(input.asString()));
    node.path("outputs").forEach(output -> built.addOutput(output.asString()));
    return built.build();
  }

  /** Which inputs a request brings; the file holds the others. */
  enum Asked {
    EVERYTHING,
    EVERYTHING_IN_BATCHES,
    THE_FIRST,
    THE_FIRST_IN_BATCHES,
    NOTHING;

    boolean asksFor(int input) {
      return switch (this) {
        case EVERYTHING, EVERYTHING_IN_BATCHES -> true;
        case THE_FIRST, THE_FIRST_IN_BATCHES -> input == 0;
        case NOTHING -> false;
      };
    }

    boolean inBatches() {
      return this == EVERYTHING_IN_BATCHES || this == THE_FIRST_IN_BATCHES;
    }
  }

  /** The file. */
  byte[] model(Asked asked) {
    OnnxBuilder file = OnnxBuilder.operatorSet(operatorSet);
    List<String> inputNames = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      Tensor input = inputs.get(i);
      String name = input == null ? "" : "x" + i;
      inputNames.add(name);
      if (input == null) {
        continue;
      }
      if (asked.asksFor(i)) {
        long[] shape = input.shape().toLongs();
        if (asked.inBatches() && shape.length > 0) {
          shape[0] = -1;
        }
        file.input(declaration(name, OnnxBuilder.type(input.dataType()), shape));
      } else {
        file.initializer(OnnxBuilder.tensor(name, input));
      }
    }
    List<String> outputNames = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      Tensor output = outputs.get(i);
      outputNames.add("y" + i);
      file.output(
          declaration("y" + i, OnnxBuilder.type(output.dataType()), output.shape().toLongs()));
    }
    nodes.forEach(file::node);
    if (!nodes.isEmpty()) {
      return file.bytes();
    }
    return file.node(
            "node", operator, inputNames, outputNames, attributes.toArray(AttributeProto[]::new))
        .bytes();
  }

  /** What a request brings. */
  List<Tensor> request(Asked asked) {
    List<Tensor> request = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      Tensor input = inputs.get(i);
      if (input != null && asked.asksFor(i)) {
        request.add(input);
      }
    }
    return request;
  }

  @Override
  public String toString() {
    return title;
  }
}
