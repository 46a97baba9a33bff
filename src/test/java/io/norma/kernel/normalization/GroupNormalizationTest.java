package io.norma.kernel.normalization;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.LayerAssert;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GroupNormalizationTest {
  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "2, true", "3, true", "6, false"})
  void agreesWithItsDefinition(int groups, boolean perGroup) {
    Tensor x = random(1, 2, 6, 5, 3);
    Tensor scale = random(2, perGroup ? groups : 6);
    Tensor bias = random(3, perGroup ? groups : 6);
    Tensor y =
        assertThatLayer(new GroupNormalization(groups, 1e-3, perGroup), x, scale, bias).output();
    int length = 6 / groups * 15;
    for (int group = 0; group < 2 * groups; group++) {
      double sum = 0;
      double squares = 0;
      for (int i = group * length; i < (group + 1) * length; i++) {
        sum += x.getDouble(i);
        squares += x.getDouble(i) * x.getDouble(i);
      }
      double mean = sum / length;
      double variance = squares / length - mean * mean;
      for (int i = group * length; i < (group + 1) * length; i++) {
        int index = perGroup ? group % groups : i / 15 % 6;
        double expected =
            scale.getDouble(index) * (x.getDouble(i) - mean) / Math.sqrt(variance + 1e-3)
                + bias.getDouble(index);
        assertThat(y.getDouble(i)).isCloseTo(expected, within(1e-5));
      }
    }
    if (groups == 6 && !perGroup) {
      LayerAssert.assertSameBits(
          assertThatLayer(GroupNormalization.perChannel(1e-3), x, scale, bias).output(), y);
    }
  }

  @Test
  void keepsDigitsOfAChannelFarFromZero() {
    Tensor x = Tensor.of(Shape.of(1, 1, 4), 10000.0, 10000.01, 10000.02, 10000.03);
    Tensor one = Tensor.of(Shape.of(1), 1.0);
    Tensor zero = Tensor.of(Shape.of(1), 0.0);
    double unit = 1 / Math.sqrt(5);
    assertThatLayer(new GroupNormalization(1, 0, false), x, one, zero)
        .givesWithin(1e-8, Tensor.of(Shape.of(1, 1, 4), -3 * unit, -unit, unit, 3 * unit));
  }

  @Test
  void givesTheBiasForAConstantChannel() {
    Tensor x = Tensor.of(Shape.of(1, 1, 3), 0.1f, 0.1f, 0.1f);
    assertThatLayer(
            GroupNormalization.perChannel(1e-5),
            x,
            Tensor.of(Shape.of(1), 3f),
            Tensor.of(Shape.of(1), 0.7f))
        .gives(Tensor.of(Shape.of(1, 1, 3), 0.7f, 0.7f, 0.7f));
  }

  @Test
  void namesChannelsThatDoNotFallIntoGroups() {
    assertThatLayer(
            new GroupNormalization(4, 1e-5, false), random(1, 1, 6, 2), random(2, 6), random(3, 6))
        .refuses("6 channels", "4 groups");
  }

  @Test
  void namesAScaleOfTheWrongLength() {
    assertThatLayer(
            new GroupNormalization(2, 1e-5, true), random(1, 1, 6, 2), random(2, 6), random(3, 6))
        .refuses("scale", "[2]", "[6]");
  }

  @Test
  void refusesANegativeEpsilon() {
    assertThatThrownBy(() -> new GroupNormalization(1, -1, false)).hasMessageContaining("epsilon");
  }
}
