package io.norma.kernel.normalization;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LayerNormalizationTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, -1})
  void agreesWithItsDefinition(int axis) {
    Tensor x = random(1, 2, 3, 5);
    Tensor scale = random(2, 5);
    Tensor bias = random(3, 3, 1);
    List<Tensor> results =
        assertThatLayer(new LayerNormalization(axis, 1e-4), x, scale, bias).outputs();
    Tensor rms = assertThatLayer(new RmsNormalization(axis, 1e-4), x, scale).output();
    int length = axis == 0 ? 30 : axis == 1 ? 15 : 5;
    assertThat(results.get(1).size()).isEqualTo(30 / length);
    for (int e = 0; e < 30; e++) {
      int group = e / length;
      double mean = 0;
      double squares = 0;
      for (int i = group * length; i < (group + 1) * length; i++) {
        mean += x.getDouble(i) / length;
        squares += x.getDouble(i) * x.getDouble(i) / length;
      }
      double inverse = 1 / Math.sqrt(squares - mean * mean + 1e-4);
      double expected =
          (x.getDouble(e) - mean) * inverse * scale.getDouble(e % 5) + bias.getDouble(e / 5 % 3);
      assertThat(results.getFirst().getDouble(e)).isCloseTo(expected, within(1e-5));
      assertThat(results.get(1).getDouble(group)).isCloseTo(mean, within(1e-6));
      assertThat(results.get(2).getDouble(group)).isCloseTo(inverse, within(1e-5));
      assertThat(rms.getDouble(e))
          .isCloseTo(
              x.getDouble(e) / Math.sqrt(squares + 1e-4) * scale.getDouble(e % 5), within(1e-5));
    }
  }

  /** A scale of one group goes by rows, one that is broadcast element by element. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void givesTheSameBitsForAScaleThatIsBroadcast(boolean withBias) {
    Tensor x = random(1, 2, 3, 5);
    Tensor scale = random(2, 3, 5);
    Tensor bias = random(3, 3, 5);
    Shape broadcast = Shape.of(1, 3, 5);
    LayerNormalization layer = new LayerNormalization(1, 1e-5);

    List<Tensor> byRows = assertThatLayer(layer, x, scale, withBias ? bias : null).outputs();

    assertThatLayer(layer, x, scale.reshape(broadcast), withBias ? bias.reshape(broadcast) : null)
        .gives(byRows.toArray(Tensor[]::new));
  }

  @Test
  void keepsTheReducedAxes() {
    List<Tensor> results =
        assertThatLayer(new LayerNormalization(1, 1e-5), random(1, 2, 3, 5), random(2, 5))
            .outputs();
    assertThat(results.get(1).shape()).isEqualTo(Shape.of(2, 1, 1));
  }

  @Test
  void namesAScaleThatDoesNotBroadcast() {
    assertThatLayer(new LayerNormalization(-1, 1e-5), random(1, 2, 3), random(2, 2, 1, 3))
        .refuses("scale", "[2,3]", "[2,1,3]");
  }

  @Test
  void normalizesByMeanAndDeviationOverGivenAxes() {
    Tensor x = Tensor.of(Shape.of(2, 2), 1f, 10, 3, 30);
    assertThatLayer(new MeanVarianceNormalization(new int[] {0}), x)
        .givesWithin(1e-6, Tensor.of(Shape.of(2, 2), -1f, -1, 1, 1));
  }

  @Test
  void respondsToNeighbouringChannels() {
    Tensor x = Tensor.of(Shape.of(1, 4, 1), 1f, 2, 3, 4);
    // Size 2 looks at the channel itself and the next one.
    double[] sums = {5, 13, 25, 16};
    float[] expected = new float[4];
    for (int c = 0; c < 4; c++) {
      expected[c] = (float) ((c + 1) / Math.pow(2 + 0.5 / 2 * sums[c], 0.75));
    }
    assertThatLayer(new LocalResponseNormalization(2, 0.5, 0.75, 2), x)
        .givesWithin(1e-6, Tensor.of(Shape.of(1, 4, 1), expected));
  }
}
