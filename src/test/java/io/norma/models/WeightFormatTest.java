package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.compute.Simd;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.OnnxImporter;
import io.norma.service.RunningService;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;

/** How weights are kept, in a service: for all models, and for one. */
@ExtendWith(OutputCaptureExtension.class)
final class WeightFormatTest {
  private static final int INPUTS = 600;
  private static final int OUTPUTS = 500;

  @TempDir Path directory;
  private final float[] weights = values(INPUTS * OUTPUTS);
  private final float[] x = values(INPUTS);
  private byte[] file = new byte[0];

  private static float[] values(int length) {
    Random random = new Random(length);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @BeforeEach
  void writeModels() throws IOException {
    file =
        OnnxBuilder.operatorSet(17)
            .input("x", -1, INPUTS)
            .initializer(OnnxBuilder.tensor("w", Tensor.of(Shape.of(INPUTS, OUTPUTS), weights)))
            .node("multiply", "MatMul", List.of("x", "w"), List.of("y"))
            .output("y", -1, OUTPUTS)
            .bytes();
    write("plain", "");
    write("exact", "fp32");
    write("rounded", "bf16");
  }

  private void write(String model, String format) throws IOException {
    Path folder = directory.resolve("models").resolve(model);
    Files.createDirectories(folder.resolve("1"));
    Files.write(folder.resolve("1/model.onnx"), file);
    if (!format.isEmpty()) {
      Files.writeString(
          folder.resolve("config.pbtxt"),
          "parameters { key: \"weights\" value: { string_value: \"%s\" } }".formatted(format));
    }
  }

  private RunningService start(String... settings) {
    String[] all = Arrays.copyOf(settings, settings.length + 1);
    all[settings.length] = "--norma.models.directory=" + directory.resolve("models");
    return RunningService.start(directory, TestDatabase.H2.url(directory), all);
  }

  @Test
  void keepsWeightsAsTheyAreUnlessAModelsConfigurationSaysOtherwise() {
    try (RunningService service = start()) {
      float[] exact = ofFile();
      assertThat(answer(service, "plain")).isEqualTo(exact);
      assertThat(answer(service, "exact")).isEqualTo(exact);
      if (Simd.isAvailable()) {
        assertThatIsRounded(answer(service, "rounded"), exact);
      }
      assertThat(told(service, "plain")).isEqualTo("fp32");
      assertThat(told(service, "rounded")).isEqualTo("bf16");
      assertThat(identity(service, "rounded")).isEqualTo(identity(service, "plain"));
    }
  }

  @Test
  void keepsThoseOfAllModelsInHalfOfTheBytesWhereTheSettingSaysSo() {
    try (RunningService service = start("--norma.models.weights=bf16")) {
      float[] exact = ofFile();
      assertThat(answer(service, "exact")).isEqualTo(exact);
      if (Simd.isAvailable()) {
        assertThatIsRounded(answer(service, "plain"), exact);
      }
      assertThat(answer(service, "rounded")).isEqualTo(answer(service, "plain"));
      assertThat(told(service, "plain")).isEqualTo("bf16");
    }
  }

  @Test
  void bringsThemBackTheSameWay() {
    try (RunningService service =
        start("--norma.models.weights=bf16", "--norma.models.max-resident-bytes=1B")) {
      float[] before = answer(service, "plain");
      assertThat(answer(service, "exact")).isEqualTo(ofFile());
      assertThat(answer(service, "plain")).isEqualTo(before);
    }
  }

  @Test
  void doesNotStartWithAFormatThatThereIsNot(CapturedOutput output) {
    assertThatThrownBy(() -> start("--norma.models.weights=bf17").close())
        .hasStackTraceContaining("norma.models.weights");
    assertThat(output).contains("norma.models.weights", "bf17", "BF16", "FP32");
  }

  /** BF16 has 8 bits for a number: a weight changes by a 256th at most, 600 together by less. */
  private void assertThatIsRounded(float[] actual, float[] exact) {
    double largest = 0;
    for (float value : exact) {
      largest = Math.max(largest, Math.abs(value));
    }
    double furthest = 0;
    for (int m = 0; m < OUTPUTS; m++) {
      double sum = 0;
      for (int k = 0; k < INPUTS; k++) {
        sum += (double) nearest(weights[k * OUTPUTS + m]) * x[k];
      }
      assertThat(Math.abs(actual[m] - sum)).isLessThan(2e-5 * largest);
      furthest = Math.max(furthest, Math.abs(actual[m] - exact[m]));
    }
    assertThat(furthest / largest).isBetween(1e-4, 1e-2);
  }

  /** By halves of the distance to the next of 8 bits: these weights are no ties. */
  private static float nearest(float weight) {
    double unit = Math.ulp(weight) * 65536.0;
    return (float) (Math.rint(weight / unit) * unit);
  }

  /** What the network in the file answers, in this process. */
  private float[] ofFile() {
    Network network = OnnxImporter.read(file, "test").network();
    ExecutionPlan plan = ExecutionPlan.compile(network);
    return plan.run(
            List.of(Tensor.of(Shape.of(1, INPUTS), x)),
            new Normalization.Frozen(plan.bind(network.runningStatistics())),
            new Workspace())
        .getFirst()
        .toFloatArray();
  }

  private float[] answer(RunningService service, String model) {
    Answer answer =
        service
            .client()
            .post(
                "/v2/models/" + model + "/infer",
                "{\"inputs\": [{\"name\": \"x\", \"shape\": [1, %d], \"datatype\": \"FP32\", \"data\": %s}]}"
                    .formatted(INPUTS, Arrays.toString(x)));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    JsonNode data = answer.json().at("/outputs/0/data");
    float[] values = new float[data.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = data.get(i).floatValue();
    }
    return values;
  }

  private static String told(RunningService service, String model) {
    StatisticsClient client = service.client();
    return client
        .get("/v2/models/" + model + "/config")
        .json()
        .at("/parameters/weights/string_value")
        .asString();
  }

  private static String identity(RunningService service, String model) {
    JsonNode version = service.client().get("/v1/models/" + model + "/versions/1").json();
    assertThat(version.path("sha256").asString()).isNotEmpty();
    return version.path("sha256").asString();
  }
}
