package io.norma.kernel.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChannelMomentsTest {
  @Test
  void givesMeanAndVarianceOfTheWorkedExample() {
    ChannelMoments moments =
        ChannelMoments.of(Tensor.of(Shape.of(4, 2), 1f, 2, 3, 4, 5, 6, 7, 8), 1);

    assertThat(moments.count()).isEqualTo(4);
    assertThat(moments.mean()).containsExactly(4, 5);
    assertThat(moments.populationVariance()).containsExactly(5, 5);
    assertThat(moments.unbiasedVariance()).containsExactly(20 / 3.0, 20 / 3.0);
  }

  @ParameterizedTest(name = "{0} mean {1} deviation {2}")
  @CsvSource({
    "3x4x5x6, 0, 1",
    "2x3x4097, 1e4, 1e-2",
    "2x130x2x2, 3, 2",
    "300x37, 1e4, 1e-2",
    "1x2x5000, -1e6, 3",
    "5x3x196, 0, 1e-20",
    "1000x64, 0, 1e18",
    "4x1x1, 2, 1",
    "7x5x17, 0, 1"
  })
  void agreesWithExactArithmetic(String dimensions, double mean, double deviation) {
    Shape shape = shape(dimensions);
    for (int axis = 1; axis < shape.rank(); axis++) {
      for (DataType type : List.of(DataType.FP32, DataType.FP64)) {
        Tensor x = random(type, shape, mean, deviation);
        assertAgree(ChannelMoments.of(x, axis), exact(x, axis), 1e-12);
      }
    }
  }

  @Test
  void readsFromTheTensorsOffset() {
    Tensor x = random(DataType.FP32, Shape.of(4, 3, 20), 0, 1);
    float[] shifted = new float[7 + x.size()];
    System.arraycopy(x.floats(), 0, shifted, 7, x.size());

    assertThat(ChannelMoments.of(Tensor.of(DataType.FP32, x.shape(), shifted, 7), 1))
        .isEqualTo(ChannelMoments.of(x, 1));
  }

  @Test
  void isUnchangedByMergingWithNothing() {
    ChannelMoments moments = ChannelMoments.of(random(DataType.FP32, Shape.of(9, 3, 4), 5, 2), 1);

    assertThat(moments.merge(ChannelMoments.empty(3))).isEqualTo(moments);
    assertThat(ChannelMoments.empty(3).merge(moments)).isEqualTo(moments);
  }

  @Test
  void mergesPartsToTheWholeInAnyOrder() {
    Tensor whole = random(DataType.FP32, Shape.of(64, 5, 33), 1e4, 1e-2);
    ChannelMoments expected = exact(whole, 1);
    List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5, 6, 7));
    for (int attempt = 0; attempt < 8; attempt++) {
      Collections.rotate(order, 3);
      Collections.swap(order, attempt, 7 - attempt);
      ChannelMoments merged = ChannelMoments.empty(5);
      for (int part : order) {
        merged = merged.merge(ChannelMoments.of(rows(whole, part * 8, 8), 1));
      }
      assertAgree(merged, expected, 1e-12);
    }
  }

  @ParameterizedTest
  @CsvSource({"FP32", "FP64"})
  void givesAConstantChannelAVarianceOfExactlyZero(DataType type) {
    for (Shape shape : List.of(Shape.of(50, 3, 300), Shape.of(1000, 3), Shape.of(2, 3, 4, 4))) {
      Tensor x = Tensor.zeros(type, shape);
      for (int i = 0; i < x.size(); i++) {
        x.setDouble(i, 0.1);
      }
      ChannelMoments moments = ChannelMoments.of(x, 1);
      assertThat(moments.sumOfSquaredDeviations()).containsOnly(0.0);
      assertThat(moments.mean()).containsOnly(x.getDouble(0));
    }
  }

  @ParameterizedTest
  @CsvSource({"NaN, NaN", "Infinity, Infinity", "-Infinity, -Infinity"})
  void keepsWhatIsNotFiniteInItsOwnChannel(double value, double mean) {
    for (Shape shape : List.of(Shape.of(300, 4, 40), Shape.of(300, 40), Shape.of(5, 4, 3))) {
      for (DataType type : List.of(DataType.FP32, DataType.FP64)) {
        Tensor x = random(type, shape, 0, 1);
        x.setDouble(shape.size(1, shape.rank()) + shape.size(2, shape.rank()), value);
        ChannelMoments moments = ChannelMoments.of(x, 1);
        for (int c = 0; c < moments.channels(); c++) {
          if (c == 1) {
            assertThat(Double.valueOf(moments.mean()[c])).isEqualTo(Double.valueOf(mean));
            assertThat(moments.sumOfSquaredDeviations()[c]).isNaN();
          } else {
            assertThat(moments.mean()[c]).isFinite();
            assertThat(moments.sumOfSquaredDeviations()[c]).isFinite();
          }
        }
      }
    }
  }

  @Test
  void countsOnlyTheRowsThatTheMaskKeeps() {
    Tensor x = random(DataType.FP32, Shape.of(6, 2, 5), 0, 1);
    boolean[] kept = {false, true, true, false, false, true};

    ChannelMoments moments = ChannelMoments.of(x, 1, kept);

    ChannelMoments expected = exact(rows(x, 1, 2), 1).merge(exact(rows(x, 5, 1), 1));
    assertAgree(moments, expected, 1e-12);
    assertThat(ChannelMoments.of(x, 1, new boolean[6])).isEqualTo(ChannelMoments.empty(2));
    assertThatThrownBy(() -> ChannelMoments.of(x, 1, new boolean[5]))
        .hasMessageContaining("expected a mask of 6 rows")
        .hasMessageContaining("got 5");
  }

  @Test
  void rejectsWhatDoesNotFit() {
    assertThatThrownBy(() -> ChannelMoments.of(Tensor.of(Shape.of(3), 1f, 2, 3), 0))
        .hasMessageContaining("rank 2 or more")
        .hasMessageContaining("[3]");
    assertThatThrownBy(() -> ChannelMoments.of(Tensor.of(Shape.of(1, 2), 1f, 2), 2))
        .hasMessageContaining("axis 2 is out of range");
    assertThatThrownBy(() -> ChannelMoments.of(Tensor.of(Shape.of(1, 2), 1L, 2), 1))
        .hasMessageContaining("FP32");
    assertThatThrownBy(() -> ChannelMoments.empty(2).merge(ChannelMoments.empty(3)))
        .hasMessageContaining("2 channels do not merge with moments of 3");
    assertThatThrownBy(() -> new ChannelMoments(1, new double[1], new double[] {-1}))
        .hasMessageContaining("channel 0 must not be negative");
    assertThatThrownBy(() -> ChannelMoments.empty(1).populationVariance())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> ChannelMoments.of(Tensor.of(Shape.of(1, 1), 1f), 1).unbiasedVariance())
        .hasMessageContaining("more than 1 value(s) per channel, but there are 1");
  }

  private static void assertAgree(ChannelMoments actual, ChannelMoments expected, double relative) {
    assertThat(actual.count()).isEqualTo(expected.count());
    for (int c = 0; c < expected.channels(); c++) {
      double deviation = Math.sqrt(expected.sumOfSquaredDeviations()[c] / expected.count());
      assertThat(actual.mean()[c])
          .isCloseTo(
              expected.mean()[c], within(relative * (Math.abs(expected.mean()[c]) + deviation)));
      assertThat(actual.sumOfSquaredDeviations()[c])
          .isCloseTo(
              expected.sumOfSquaredDeviations()[c],
              within(relative * 10 * expected.sumOfSquaredDeviations()[c]));
    }
  }

  /** Sums in 34 decimal digits. */
  private static ChannelMoments exact(Tensor x, int axis) {
    int channels = x.shape().dimension(axis);
    int inner = x.shape().size(axis + 1, x.shape().rank());
    int count = x.size() / channels;
    double[] mean = new double[channels];
    double[] sum = new double[channels];
    MathContext digits = new MathContext(34);
    BigDecimal[] totals = new BigDecimal[channels];
    BigDecimal[] squares = new BigDecimal[channels];
    Arrays.fill(totals, BigDecimal.ZERO);
    Arrays.fill(squares, BigDecimal.ZERO);
    for (int i = 0; i < x.size(); i++) {
      int c = i / inner % channels;
      totals[c] = totals[c].add(new BigDecimal(x.getDouble(i)), digits);
    }
    for (int c = 0; c < channels; c++) {
      totals[c] = totals[c].divide(BigDecimal.valueOf(count), digits);
      mean[c] = totals[c].doubleValue();
    }
    for (int i = 0; i < x.size(); i++) {
      int c = i / inner % channels;
      BigDecimal deviation = new BigDecimal(x.getDouble(i)).subtract(totals[c], digits);
      squares[c] = squares[c].add(deviation.multiply(deviation, digits), digits);
    }
    for (int c = 0; c < channels; c++) {
      sum[c] = squares[c].doubleValue();
    }
    return new ChannelMoments(count, mean, sum);
  }

  private static Tensor random(DataType type, Shape shape, double mean, double deviation) {
    Tensor x = Tensor.zeros(type, shape);
    SplittableRandom random = new SplittableRandom(shape.hashCode());
    for (int i = 0; i < x.size(); i++) {
      x.setDouble(i, mean + deviation * random.nextGaussian());
    }
    return x;
  }

  private static Tensor rows(Tensor x, int from, int count) {
    int row = x.size() / x.shape().dimension(0);
    return Tensor.of(x.dataType(), x.shape().with(0, count), x.array(), x.offset() + from * row);
  }

  private static Shape shape(String dimensions) {
    return Shape.of(Arrays.stream(dimensions.split("x")).mapToInt(Integer::parseInt).toArray());
  }
}
