package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.support.RandomSource;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** And the other layers that draw: what they draw is in the cases of operators. */
final class MultinomialTest {
  private static final Tensor RUN = RandomSource.of(5L);

  /** Of 40,000 samples; 0.02 is eight standard errors. */
  @Test
  void drawsClassesAsOftenAsTheirProbabilitiesSay() {
    int samples = 40_000;
    Tensor x =
        Tensor.of(Shape.of(1, 3), (float) Math.log(2), (float) Math.log(5), (float) Math.log(3));

    Tensor y = assertThatLayer(new Multinomial(DataType.INT64, samples, null, 1), x, RUN).output();

    int[] counts = new int[3];
    for (long drawn : y.toLongArray()) {
      counts[(int) drawn]++;
    }
    assertThat(counts[0] / (double) samples).isCloseTo(0.2, within(0.02));
    assertThat(counts[1] / (double) samples).isCloseTo(0.5, within(0.02));
    assertThat(counts[2] / (double) samples).isCloseTo(0.3, within(0.02));
  }

  @Test
  void neverDrawsAClassOfNoProbability() {
    float never = Float.NEGATIVE_INFINITY;
    Tensor x = Tensor.of(Shape.of(1, 3), never, 0f, never);

    Tensor y = assertThatLayer(new Multinomial(DataType.INT32, 100, null, 1), x, RUN).output();

    assertThat(y.toLongArray()).containsOnly(1);
    assertThatLayer(
            new Multinomial(DataType.INT32, 1, null, 1),
            Tensor.of(Shape.of(1, 2), never, never),
            RUN)
        .refuses("row 0 has no class");
  }

  @Test
  void drawsOnesAsOftenAsProbabilitiesSay() {
    Tensor p = Tensor.zeros(DataType.FP32, Shape.of(40_000));
    for (int i = 0; i < p.size(); i++) {
      p.floats()[i] = i % 2 == 0 ? 0.25f : 1;
    }
    Tensor y = assertThatLayer(new Bernoulli(DataType.BOOL, null, 1), p, RUN).output();
    int even = 0;
    for (int i = 0; i < p.size(); i++) {
      if (i % 2 == 0) {
        even += (int) y.getLong(i);
      } else {
        assertThat(y.getLong(i)).isEqualTo(1);
      }
    }
    assertThat(even / 20_000.0).isCloseTo(0.25, within(0.02));
  }

  @Test
  void drawsEvenlyBetweenItsBounds() {
    Tensor like = Tensor.zeros(DataType.FP64, Shape.of(40_000));
    double[] y =
        assertThatLayer(new RandomUniform(-1, 3, null, null, null, 1), like, RUN)
            .output()
            .toDoubleArray();
    double mean = 0;
    for (double value : y) {
      assertThat(value).isGreaterThanOrEqualTo(-1).isLessThan(3);
      mean += value / y.length;
    }
    assertThat(mean).isCloseTo(1, within(0.05));
  }

  @Test
  void refusesToDrawWithoutASeed() {
    Tensor unseeded = RandomSource.of(null);
    Tensor x = Tensor.of(Shape.of(1, 2), 0f, 0f);

    assertThatLayer(new Multinomial(DataType.INT32, 1, null, 1), x, unseeded).refuses("'seed'");
    assertThatLayer(new Bernoulli(null, null, 1), x, unseeded).refuses("'seed'");
    assertThatLayer(new RandomNormal(0, 1, null, null, null, 1), x, unseeded).refuses("'seed'");
    assertThatLayer(new RandomUniform(0, 1, null, null, null, 1), x, unseeded).refuses("'seed'");
  }

  @Test
  void refusesWholeNumbersToBeNormal() {
    assertThatLayer(new RandomNormal(0, 1, null, null, null, 1), Tensor.of(Shape.of(1), 1L), RUN)
        .refuses("INT64");
  }
}
