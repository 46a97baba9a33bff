package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Folding;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.VirtualNormalizations;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Whole networks against what PyTorch computed for them. */
final class GoldenModelTest {
  private static final Path MODELS = Path.of("../shared/models");

  @ParameterizedTest
  @CsvSource({
    "cifar_resnet20, model.onnx",
    "cifar_resnet20, model_opset9.onnx",
    "cifar_resnet20, model_opset15.onnx",
    "cifar_resnet20, model_trainingmode_opset15.onnx",
    "mlp_bn1d, model.onnx"
  })
  void answersAsPyTorch(String model, String file) throws IOException {
    Path folder = folder(model);
    ExecutionPlan plan = plan(folder, file);

    Tensor actual = run(plan, input(folder));

    assertClose(actual, TensorFiles.read(folder.resolve("test_data_set_b4/output_0.pb")));
  }

  @ParameterizedTest
  @CsvSource({"cifar_resnet20, model.onnx", "mlp_bn1d, model.onnx"})
  void answersAsPyTorchByBatchStatistics(String model, String file) throws IOException {
    Path folder = folder(model);
    ExecutionPlan plan =
        ExecutionPlan.compileForObservation(
            OnnxImporter.read(Files.readAllBytes(folder.resolve(file)), model).network());

    Tensor actual =
        plan.run(List.of(input(folder)), new Normalization.Batch(), new Workspace()).getFirst();

    assertClose(actual, TensorFiles.read(folder.resolve("test_data_set_b4/batchstat_output_0.pb")));
  }

  @ParameterizedTest
  @CsvSource({"cifar_resnet20, model.onnx", "mlp_bn1d, model.onnx"})
  void givesARowTheSameBitsAloneAndAmong33(String model, String file) throws IOException {
    Path folder = folder(model);
    ExecutionPlan plan = plan(folder, file);
    Tensor four = input(folder);
    float[] rows = four.toFloatArray();
    int rowSize = rows.length / 4;
    float[] many = new float[33 * rowSize];
    for (int i = 0; i < many.length; i++) {
      many[i] = rows[i % rows.length] * (i / rows.length % 2 == 0 ? 1 : -0.7f);
    }
    float[] together = run(plan, tensor(four.shape().with(0, 33), many, 0)).toFloatArray();

    for (int row : new int[] {0, 1, 5, 31, 32}) {
      Tensor one = tensor(four.shape().with(0, 1), many, row * rowSize);
      float[] alone = run(plan, one).toFloatArray();
      for (int i = 0; i < alone.length; i++) {
        assertThat(Float.floatToRawIntBits(together[row * alone.length + i]))
            .as("row %d, output %d", row, i)
            .isEqualTo(Float.floatToRawIntBits(alone[i]));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cifar_resnet20, model.onnx",
    "cifar_resnet20, model_opset9.onnx",
    "cifar_resnet20, model_trainingmode_opset15.onnx",
    "mlp_bn1d, model.onnx"
  })
  void namesBatchNormalizationsAsPyTorch(String model, String file) throws IOException {
    Path folder = folder(model);
    List<String> expected = new ArrayList<>();
    JsonNode meta = new ObjectMapper().readTree(folder.resolve("meta.json"));
    meta.get("bn_nodes").forEach(node -> expected.add(node.get("layer").asString()));

    ImportResult result = OnnxImporter.read(Files.readAllBytes(folder.resolve(file)), model);

    assertThat(result.network().batchNormalizations())
        .extracting(BatchNormalizationLayer::name)
        .containsExactlyElementsOf(expected);
  }

  /** As an exporter folds it: by default, virtual batch normalizations leave every bit. */
  @ParameterizedTest
  @CsvSource({"cifar_resnet20, 21", "mlp_bn1d, 2"})
  void givesTheSameBitsWithVirtualBatchNormalizations(String model, int layers) throws IOException {
    Path folder = folder(model);
    Network folded =
        Folding.fold(
            OnnxImporter.read(Files.readAllBytes(folder.resolve("model.onnx")), model).network());
    Network measured =
        VirtualNormalizations.insert(folded, VirtualNormalizations.candidates(folded));
    Map<String, ChannelStatistics> references = new LinkedHashMap<>();
    ExecutionPlan observed = ExecutionPlan.compileForObservation(measured);
    observed.run(
        List.of(input(folder)),
        new Normalization.Frozen(observed.bind(measured.runningStatistics())),
        new Workspace(),
        (layer, x) ->
            references.put(
                VirtualNormalizations.candidates(folded).get(layer),
                VirtualNormalizations.reference(measured, ChannelMoments.of(x, 1))));

    Network virtual = VirtualNormalizations.insert(folded, references);

    assertThat(folded.batchNormalizations()).isEmpty();
    assertThat(virtual.batchNormalizations()).hasSize(layers);
    Tensor expected = run(ExecutionPlan.compile(folded), input(folder));
    Tensor actual = run(ExecutionPlan.compile(virtual), input(folder));
    assertThat(actual.toFloatArray()).isEqualTo(expected.toFloatArray());
    assertClose(actual, TensorFiles.read(folder.resolve("test_data_set_b4/output_0.pb")));
  }

  private static Path folder(String model) {
    Path folder = MODELS.resolve(model);
    assumeTrue(Files.isDirectory(folder), "skipped: no model at " + folder);
    return folder;
  }

  private static ExecutionPlan plan(Path folder, String file) throws IOException {
    try (InputStream bytes = Files.newInputStream(folder.resolve(file))) {
      return ExecutionPlan.compile(OnnxImporter.read(bytes, file).network());
    }
  }

  private static Tensor input(Path folder) throws IOException {
    return TensorFiles.read(folder.resolve("test_data_set_b4/input_0.pb"));
  }

  private static Tensor tensor(Shape shape, float[] elements, int offset) {
    return Tensor.of(DataType.FP32, shape, elements, offset);
  }

  private static Tensor run(ExecutionPlan plan, Tensor input) {
    return plan.run(
            List.of(input),
            new Normalization.Frozen(plan.bind(plan.network().runningStatistics())),
            new Workspace())
        .getFirst();
  }

  private static void assertClose(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    double largest = 0;
    for (int i = 0; i < expected.size(); i++) {
      largest = Math.max(largest, Math.abs(expected.getDouble(i)));
    }
    assertThat(largest).isPositive();
    for (int i = 0; i < expected.size(); i++) {
      assertThat(Math.abs(actual.getDouble(i) - expected.getDouble(i)))
          .as("element %d", i)
          .isLessThanOrEqualTo(1e-4 * largest);
    }
  }
}
