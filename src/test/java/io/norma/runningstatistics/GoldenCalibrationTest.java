package io.norma.runningstatistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.network.BatchNormalizationLayer;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calibrations of whole networks against the running statistics that PyTorch keeps for them. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
final class GoldenCalibrationTest {
  private static final Path MODELS = Path.of("../shared/models");
  private static final List<String> NAMES = List.of("cifar_resnet20", "mlp_bn1d");

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.resolve("data").toString());
    registry.add("norma.models.directory", () -> directory.resolve("models").toString());
  }

  @BeforeAll
  static void copyModels() throws IOException {
    Files.createDirectories(directory.resolve("models"));
    for (String name : NAMES) {
      Path file = MODELS.resolve(name).resolve("model.onnx");
      if (Files.exists(file)) {
        Path folder = Files.createDirectories(directory.resolve("models").resolve(name + "/1"));
        Files.copy(file, folder.resolve("model.onnx"));
      }
    }
  }

  @Autowired ModelRepository repository;
  @Autowired CalibrationService calibrations;

  @ParameterizedTest
  @ValueSource(strings = {"cifar_resnet20", "mlp_bn1d"})
  void onePooledBatchGivesItsOwnMeanAndVariance(String name) throws Exception {
    NumpyArchive golden = golden(name);

    for (CalibrationLayer layer : calibrate(name, golden, VarianceConvention.POPULATION)) {
      var estimate = layer.estimate().statistics();
      requireClose(layer.layer() + " mean", estimate.mean(), golden.get("bm/" + layer.layer()));
      requireClose(
          layer.layer() + " variance", estimate.variance(), golden.get("bv/" + layer.layer()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cifar_resnet20", "mlp_bn1d"})
  void oneStepWithPyTorchsMomentumGivesItsRunningStatistics(String name) throws Exception {
    NumpyArchive golden = golden(name);
    JsonNode meta =
        JsonMapper.shared().readTree(Files.readString(MODELS.resolve(name + "/meta.json")));
    double momentum = meta.get("bn_momentum_torch").asDouble();
    assertThat(momentum).isBetween(0.01, 0.99);
    var before = served(name).network().runningStatistics();

    for (CalibrationLayer layer : calibrate(name, golden, VarianceConvention.UNBIASED)) {
      var batch = layer.estimate().statistics();
      var old = before.layer(layer.layer());
      requireClose(
          layer.layer() + " running mean",
          step(old.mean(), batch.mean(), momentum),
          golden.get("rm1/" + layer.layer()));
      requireClose(
          layer.layer() + " running variance",
          step(old.variance(), batch.variance(), momentum),
          golden.get("rv1/" + layer.layer()));
    }
  }

  private List<CalibrationLayer> calibrate(
      String name, NumpyArchive golden, VarianceConvention convention) throws Exception {
    ServedModel model = served(name);
    var begun =
        calibrations.begin(
            name,
            null,
            new CalibrationService.Plan("golden", null, Estimator.POOLED, convention, 4),
            "test");
    var progress =
        calibrations
            .add(name, begun.calibration().id(), batch(model, golden.get("input_0")), null)
            .progress();

    assertThat(progress.calibration().samples()).isEqualTo(4);
    assertThat(progress.layers())
        .extracting(CalibrationLayer::layer)
        .containsExactlyElementsOf(
            model.network().batchNormalizations().stream()
                .map(BatchNormalizationLayer::name)
                .toList());
    return progress.layers();
  }

  private static InferenceRequest batch(ServedModel model, double[] numbers) {
    float[] elements = new float[numbers.length];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) numbers[i];
    }
    Shape shape = model.name().equals("mlp_bn1d") ? Shape.of(4, 1, 28, 28) : Shape.of(4, 3, 32, 32);
    String input = model.network().inputs().getFirst().name();
    return new InferenceRequest(
        null,
        Map.of(),
        List.of(new NamedTensor(input, Tensor.of(DataType.FP32, shape, elements, 0))),
        List.of());
  }

  private static NumpyArchive golden(String name) throws IOException {
    Path file = MODELS.resolve(name).resolve("golden_b4.npz");
    assumeTrue(Files.exists(file), "skipped: no recorded statistics at " + file);
    return NumpyArchive.read(file);
  }

  private ServedModel served(String name) {
    return await()
        .atMost(Duration.ofMinutes(1))
        .ignoreException(ServingException.class)
        .until(() -> repository.get(name, null), Objects::nonNull);
  }

  private static float[] step(float[] old, float[] batch, double momentum) {
    float[] after = new float[old.length];
    for (int c = 0; c < after.length; c++) {
      after[c] = (float) ((1 - momentum) * old[c] + momentum * batch[c]);
    }
    return after;
  }

  /** Within 1e-5 of the layer's largest. */
  private static void requireClose(String what, float[] actual, double[] expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double largest = 0;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(largest).as(what).isPositive();
    for (int c = 0; c < actual.length; c++) {
      assertThat((double) actual[c])
          .as("%s, channel %d", what, c)
          .isCloseTo(expected[c], within(1e-5 * largest));
    }
  }
}
