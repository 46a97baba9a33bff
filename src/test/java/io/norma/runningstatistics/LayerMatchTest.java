package io.norma.runningstatistics;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.statistics.VarianceConvention;
import io.norma.network.BatchNormalizationLayer;
import io.norma.runningstatistics.StatisticsDocument.Vectors;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LayerMatchTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bn1 layer1.bn | bn1 layer1.bn",
        "bn1 layer1.bn | module.bn1 module.layer1.bn",
        "bn1 layer1.bn | module._orig_mod.bn1 module._orig_mod.layer1.bn",
        "model.bn1 model.layer1.bn | bn1 layer1.bn",
        "bn1 layer1.bn | bn1 layer1/bn",
        "bn1 layer1.bn | bn1/vars layer1/bn/vars",
        "layer1/bn bn1 | layers/layer1/bn/vars layers/bn1/vars",
        // The first name alone could have lost either beginning.
        "bn a.bn | x.bn x.a.bn",
        "bn1 bn2 | weights/bn1/sequential/bn1 weights/bn2/sequential/bn2"
      })
  void findsLayersByWhatNamesHaveInCommon(String own, String their) {
    String[] ours = own.split(" ");
    String[] theirs = their.split(" ");
    LayerMatch match = match(layers(Map.of(), ours), Map.of(), theirs);
    for (int i = 0; i < ours.length; i++) {
      assertThat(match.names()).containsEntry(ours[i], theirs[i]);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Two copies of the network.
        "bn1 bn2 | teacher.bn1 student.bn1",
        "bn1 bn2 bn3 bn4 | teacher.bn1 teacher.bn2 student.bn1 student.bn2",
        // Both beginnings would fit.
        "a.bn b.bn | bn",
        // Order alone says nothing.
        "bn1 bn2 | batch_normalization batch_normalization_1"
      })
  void findsNoneWhereThereIsAChoice(String own, String their) {
    LayerMatch match = match(layers(Map.of(), own.split(" ")), Map.of(), their.split(" "));
    assertThat(match.names()).isEmpty();
  }

  @Test
  void findsLayersByGammaAndBeta() {
    Map<String, Float> gammas = Map.of("bn1", 1.5f, "bn2", 0.5f, "bn3", 2f);
    LayerMatch match =
        match(
            layers(gammas, "bn1", "bn2", "bn3"),
            Map.of("x", 2f, "y", 1.5f, "z", 0.5f),
            "x",
            "y",
            "z");
    assertThat(match.names()).isEqualTo(Map.of("bn1", "y", "bn2", "z", "bn3", "x"));
    assertThat(match.warnings().getFirst().message()).contains("gamma and beta");
  }

  @Test
  void findsNoneWhereGammaIsThatOfTwoLayers() {
    Map<String, Float> gammas = Map.of("bn1", 1f, "bn2", 1f, "bn3", 2f);
    LayerMatch match =
        match(
            layers(gammas, "bn1", "bn2", "bn3"), Map.of("x", 2f, "y", 1f, "z", 1f), "x", "y", "z");
    assertThat(match.names()).isEmpty();
  }

  private static LayerMatch match(
      List<BatchNormalizationLayer> layers, Map<String, Float> gammas, String... names) {
    SequencedMap<String, Vectors> vectors = new LinkedHashMap<>();
    for (String name : names) {
      vectors.put(name, new Vectors(new float[2], new float[2], null, null));
    }
    return LayerMatch.of(
        layers,
        new StatisticsDocument(
            null, null, VarianceConvention.UNBIASED, null, vectors, List.of(), weights(gammas)));
  }

  private static List<BatchNormalizationLayer> layers(Map<String, Float> gammas, String... names) {
    return Arrays.stream(names)
        .map(name -> {
          float gamma = gammas.getOrDefault(name, 1f);
          return new BatchNormalizationLayer(name, new float[] {gamma, 1}, new float[2], 1e-5);
        })
        .toList();
  }

  private static SourceWeights weights(Map<String, Float> gammas) {
    SourceWeights none = SourceWeights.none();
    return new SourceWeights() {
      @Override
      public @Nullable SourceWeight gamma(String layer) {
        Float gamma = gammas.get(layer);
        return gamma == null ? null : SourceWeight.of(new float[] {gamma, 1});
      }

      @Override
      public @Nullable SourceWeight beta(String layer) {
        return none.beta(layer);
      }

      @Override
      public OptionalDouble epsilon(String layer) {
        return none.epsilon(layer);
      }

      @Override
      public @Nullable SourceWeight parameter(String name) {
        return none.parameter(name);
      }
    };
  }
}
