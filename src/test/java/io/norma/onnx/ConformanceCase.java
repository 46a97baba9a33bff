package io.norma.onnx;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One of ONNX's own operator cases (github.com/onnx/onnx, Apache-2.0).
 *
 * @param model the bytes of the file
 * @param operator of its first node
 * @param inputs their names, in the order of the data sets
 * @param outputs their names, in the order of the data sets
 */
public record ConformanceCase(
    String name,
    byte[] model,
    String operator,
    List<String> inputs,
    List<String> outputs,
    List<DataSet> dataSets) {
  private static final Path CASES = Path.of("../shared/conformance/onnx-node");

  /** Correct implementations differ on these: the first are random, the last two ambiguous. */
  private static final Set<String> AMBIGUOUS =
      Set.of(
          "test_training_dropout_default",
          "test_training_dropout_default_mask",
          "test_training_dropout_mask",
          "test_resize_downsample_scales_linear_align_corners",
          "test_resize_downsample_scales_cubic_align_corners");

  /** What goes in, and what must come out. */
  public record DataSet(List<Tensor> inputs, List<Tensor> outputs) {}

  /** Every case; where they are not at hand, the test is skipped and says so. */
  public static List<ConformanceCase> all() {
    assumeTrue(Files.isDirectory(CASES), "skipped: ONNX's operator cases are not at " + CASES);
    try {
      List<ConformanceCase> cases = new ArrayList<>();
      for (Path folder : TensorFiles.folders(CASES, "test_")) {
        cases.add(read(folder));
      }
      return cases;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether correct implementations differ. */
  public boolean isAmbiguous() {
    return AMBIGUOUS.contains(name);
  }

  private static ConformanceCase read(Path folder) throws IOException {
    byte[] model = Files.readAllBytes(folder.resolve("model.onnx"));
    GraphProto graph = ModelProto.parseFrom(model).getGraph();
    Set<String> initializers =
        graph.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
    List<DataSet> dataSets = new ArrayList<>();
    for (Path dataSet : TensorFiles.folders(folder, "test_data_set_")) {
      dataSets.add(
          new DataSet(
              TensorFiles.readAll(dataSet, "input"), TensorFiles.readAll(dataSet, "output")));
    }
    return new ConformanceCase(
        folder.getFileName().toString(),
        model,
        graph.getNodeList().stream().findFirst().map(NodeProto::getOpType).orElse(""),
        graph.getInputList().stream()
            .map(ValueInfoProto::getName)
            .filter(input -> !initializers.contains(input))
            .toList(),
        graph.getOutputList().stream().map(ValueInfoProto::getName).toList(),
        dataSets);
  }
}
