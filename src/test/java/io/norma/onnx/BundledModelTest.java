package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The bundled digits against what PyTorch computed for the example requests in float64. */
final class BundledModelTest {
  private static final Path EXAMPLES = Path.of("examples/digits");
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void givesTheProbabilitiesOfPyTorch() throws IOException {
    ImportResult digits;
    try (InputStream file =
        BundledModelTest.class.getResourceAsStream("/models/digits/1/model.onnx")) {
      assertThat(file).isNotNull();
      digits = OnnxImporter.read(file, "digits");
    }
    assertThat(digits.report().warnings()).isEmpty();
    assertThat(digits.network().runningStatistics().layers().keySet())
        .containsExactly("bn1", "bn2", "bn3", "bn4");
    ExecutionPlan plan = ExecutionPlan.compile(digits.network());
    JsonNode expected = JSON.readTree(EXAMPLES.resolve("probabilities.json"));

    for (String file : expected.propertyNames()) {
      Tensor probabilities =
          plan.run(
                  List.of(image(file)),
                  new Normalization.Frozen(plan.bind(digits.network().runningStatistics())),
                  new Workspace())
              .getFirst();
      for (int digit = 0; digit < 10; digit++) {
        assertThat(probabilities.getDouble(digit))
            .as("%s, probability of %d", file, digit)
            .isCloseTo(expected.get(file).get(digit).asDouble(), within(1e-6));
      }
    }
  }

  private static Tensor image(String file) {
    JsonNode pixels = JSON.readTree(EXAMPLES.resolve(file)).get("inputs").get(0).get("data");
    float[] elements = new float[pixels.size()];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) pixels.get(i).asDouble();
    }
    return Tensor.of(Shape.of(1, 1, 8, 8), elements);
  }
}
