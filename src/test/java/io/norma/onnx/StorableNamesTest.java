package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.network.BatchNormalizationLayer;
import io.norma.onnx.ImportWarning.Code;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StorableNamesTest {
  /** Two batch normalizations, one behind the other, whose means are called so. */
  private static ImportResult read(String first, String second) {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(15)
            .input("x", -1, 1)
            .floats("p", 1)
            .floats(first + ".running_mean", 2)
            .floats(second + ".running_mean", 2);
    return model
        .node("a", "Elu", List.of("x"), List.of("h"))
        .node("b", "BatchNormalization", inputs("h", first), List.of("i"))
        .node("c", "BatchNormalization", inputs("i", second), List.of("y"))
        .output("y", -1, 1)
        .read();
  }

  private static List<String> inputs(String x, String name) {
    return List.of(x, "p", "p", name + ".running_mean", "p");
  }

  private static List<String> layers(ImportResult result) {
    return result.network().batchNormalizations().stream()
        .map(BatchNormalizationLayer::name)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "line\nbreak", "bell\u0007", "delete\u007f", "next\u0085"})
  void renamesLayersWhoseNamesHaveControlCharacters(String name) {
    ImportResult result = read(name, "bn2");

    assertThat(layers(result)).containsExactly("BatchNormalization_1", "bn2");
    assertThat(result.network().runningStatistics().layers().sequencedKeySet())
        .containsExactly("BatchNormalization_1", "bn2");
  }

  @Test
  void renamesLayersWhoseNamesAreTooLong() {
    String longest = "n".repeat(512);
    String other = "m".repeat(513);

    assertThat(layers(read(longest, "bn2"))).containsExactly(longest, "bn2");
    assertThat(layers(read(other, other + "m")))
        .containsExactly("BatchNormalization_1", "BatchNormalization_2");
  }

  @Test
  void renamesLayersWhoseNamesBecomeTooLongByANumber() {
    String longest = "n".repeat(512);
    OnnxBuilder model =
        OnnxBuilder.operatorSet(15)
            .input("x", -1, 1)
            .floats("p", 1)
            .floats("q", 2)
            .node(longest, "BatchNormalization", List.of("x", "p", "p", "p", "p"), List.of("h"))
            .node(longest, "BatchNormalization", List.of("h", "p", "p", "q", "p"), List.of("y"))
            .output("y", -1, 1);

    assertThat(layers(model.read())).containsExactly(longest, "BatchNormalization_1");
  }

  @Test
  void givesNamesThatNoOtherLayerHas() {
    assertThat(layers(read("a\0", "BatchNormalization_1")))
        .containsExactly("BatchNormalization_1", "BatchNormalization_1_2");
  }

  @Test
  void tellsTheOldNameAndTheNew() {
    ImportResult result = read("a\0b", "first" + "x".repeat(600) + "last");

    ImportWarning warning =
        result.report().warnings().stream()
            .filter(found -> found.code() == Code.BATCH_NORMALIZATION_RENAMED)
            .findFirst()
            .orElseThrow();
    assertThat(warning.names()).containsExactly("BatchNormalization_1", "BatchNormalization_2");
    assertThat(warning.message())
        .contains("'a\\u0000b' is 'BatchNormalization_1'")
        .contains("'firstx")
        .contains("xlast' (609 characters) is 'BatchNormalization_2'")
        .hasSizeLessThan(500);
    assertThat(read("bn1", "bn2").report().warnings())
        .extracting(ImportWarning::code)
        .doesNotContain(Code.BATCH_NORMALIZATION_RENAMED);
  }
}
