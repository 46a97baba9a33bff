package io.norma.runningstatistics.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.runningstatistics.diagnosis.LayerWatch.Sight;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What chance is said to do, against what it does. */
final class SamplingErrorTest {
  private static final int CHANNELS = 8;
  private static final int INNER = 6;
  private static final RandomGeneratorFactory<RandomGenerator> GENERATORS =
      RandomGeneratorFactory.of("L64X128MixRandom");

  @Test
  void isTheStandardErrorOfAMeanOfRows() {
    double[][] rows = {{1, 3}, {4, 4}, {-2, 6}};
    Tensor x = Tensor.of(Shape.of(3, 1, 2), 1d, 3d, 4d, 4d, -2d, 6d);
    SamplingError error = SamplingError.of(x, ChannelMoments.of(x, 1));

    double mean = 16 / 6d;
    double ofMean = 0;
    double ofVariance = 0;
    double variance = 0;
    for (double[] row : rows) {
      variance += (Math.pow(row[0] - mean, 2) + Math.pow(row[1] - mean, 2)) / 6;
    }
    for (double[] row : rows) {
      ofMean += Math.pow((row[0] + row[1]) / 2 - mean, 2) / 6;
      double square = (Math.pow(row[0] - mean, 2) + Math.pow(row[1] - mean, 2)) / 2;
      ofVariance += Math.pow(square - variance, 2) / 6;
    }
    assertThat(error.ofMean()[0]).isCloseTo(ofMean, within(1e-12));
    assertThat(error.ofVariance()[0]).isCloseTo(ofVariance, within(1e-12));
  }

  /** Values of a row that share a part: as independent ones they would be far more than chance. */
  private static Tensor batch(RandomGenerator random, int rows) {
    double[] values = new double[rows * CHANNELS * INNER];
    for (int row = 0; row < rows * CHANNELS; row++) {
      double shared = random.nextGaussian();
      for (int i = 0; i < INNER; i++) {
        values[row * INNER + i] = 5 + 2 * (0.9 * shared + Math.sqrt(0.19) * random.nextGaussian());
      }
    }
    return Tensor.of(Shape.of(rows, CHANNELS, INNER), values);
  }

  private static LayerDiagnosis look(Tensor x) {
    BatchNormalizationLayer layer = new BatchNormalizationLayer("bn", filled(1), filled(0), 1e-5);
    LayerWatch watch = new LayerWatch(List.of(layer), null);
    watch.beforeBatchNormalization(0, x);
    Sight sight = Objects.requireNonNull(watch.sight(0));
    return LayerDiagnosis.of(layer, new ChannelStatistics(filled(5), filled(4)), sight, null);
  }

  private static float[] filled(float value) {
    float[] values = new float[CHANNELS];
    java.util.Arrays.fill(values, value);
    return values;
  }

  @Test
  void foretellsHowFarBatchesAreOfChance() {
    RandomGenerator random = GENERATORS.create(7);
    double divergence = 0;
    double foretold = 0;
    for (int batch = 0; batch < 200; batch++) {
      LayerDiagnosis seen = look(batch(random, 48));
      divergence += seen.divergence();
      foretold += Objects.requireNonNull(seen.chance()).symmetricKullbackLeibler();
    }
    assertThat(divergence / foretold).isBetween(0.8, 1.3);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 8, 64})
  void takesNoBatchOfTheSameKindForAnother(int rows) {
    RandomGenerator random = GENERATORS.create(rows);
    for (int batch = 0; batch < 200; batch++) {
      assertThat(look(batch(random, rows)).beyondChance()).as("batch %d", batch).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 8, 64})
  void findsThatAScaleIsAnother(int rows) {
    Tensor x = batch(GENERATORS.create(rows), rows);
    for (double scale : new double[] {255, 1 / 255.0}) {
      Tensor scaled = x.copy();
      for (int i = 0; i < x.size(); i++) {
        scaled.setDouble(i, scale * x.getDouble(i));
      }
      assertThat(look(scaled).isFar()).isTrue();
    }
  }

  @Test
  void cannotTellOfOneRow() {
    LayerDiagnosis seen = look(batch(GENERATORS.create(1), 1));

    assertThat(seen.chance()).isNull();
    assertThat(seen.beyondChance()).isNull();
    assertThat(seen.distance()).isNotNull();
    assertThat(seen.isFar()).isFalse();
  }
}
