package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;

import io.norma.kernel.layer.support.ReductionKind;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ReductionTest {
  @Test
  void reducesAlongEveryChoiceOfAxes() {
    Tensor x = LayerAssert.random(1, 2, 3, 4);
    check(x, ReductionKind.SUM, v -> DoubleStream.of(v).sum());
    check(x, ReductionKind.MEAN, v -> DoubleStream.of(v).average().orElseThrow());
    check(x, ReductionKind.MAXIMUM, v -> DoubleStream.of(v).max().orElseThrow());
    check(x, ReductionKind.MINIMUM, v -> DoubleStream.of(v).min().orElseThrow());
    check(x, ReductionKind.PRODUCT, v -> DoubleStream.of(v).reduce(1, (a, b) -> a * b));
    check(x, ReductionKind.L1, v -> DoubleStream.of(v).map(Math::abs).sum());
    check(x, ReductionKind.L2, v -> Math.sqrt(DoubleStream.of(v).map(a -> a * a).sum()));
    check(x, ReductionKind.SUM_SQUARE, v -> DoubleStream.of(v).map(a -> a * a).sum());
    check(x, ReductionKind.LOG_SUM, v -> Math.log(DoubleStream.of(v).sum()));
    check(x, ReductionKind.LOG_SUM_EXP, v -> Math.log(DoubleStream.of(v).map(Math::exp).sum()));
  }

  private static void check(Tensor x, ReductionKind kind, ToDoubleFunction<double[]> truth) {
    for (int chosen = 1; chosen < 8; chosen++) {
      boolean[] reduced = {(chosen & 1) != 0, (chosen & 2) != 0, (chosen & 4) != 0};
      int[] extents = {reduced[0] ? 1 : 2, reduced[1] ? 1 : 3, reduced[2] ? 1 : 4};
      Tensor expected = Tensor.zeros(DataType.FP32, Shape.of(extents));
      for (int i = 0; i < expected.size(); i++) {
        double[] group = new double[24 / expected.size()];
        int count = 0;
        for (int k = 0; k < 24; k++) {
          int a = reduced[0] ? 0 : k / 12;
          int b = reduced[1] ? 0 : k / 4 % 3;
          int c = reduced[2] ? 0 : k % 4;
          if ((a * extents[1] + b) * extents[2] + c == i) {
            group[count++] = x.getDouble(k);
          }
        }
        expected.setDouble(i, truth.applyAsDouble(group));
      }
      int[] axes = IntStream.range(0, 3).filter(a -> reduced[a]).map(a -> a - 3).toArray();
      assertThatLayer(new Reduction(kind, axes, true, false), x).givesWithin(1e-6, expected);
    }
  }

  @Test
  void leavesAxesOutWhenNotKept() {
    Tensor x = LayerAssert.random(2, 2, 3);
    assertThatLayer(new Reduction(ReductionKind.L1, null, false, false), x)
        .givesWithin(
            1e-6,
            Tensor.of(Shape.of(), (float) DoubleStream.of(x.toDoubleArray()).map(Math::abs).sum()));
  }

  @Test
  void noAxesMeanAllOrNone() {
    Tensor x = Tensor.of(Shape.of(2), -2f, 3f);
    Tensor none = Tensor.of(Shape.of(0), new long[0]);
    assertThatLayer(new Reduction(ReductionKind.SUM, null, true, false), x, none)
        .gives(Tensor.of(Shape.of(1), 1f));
    assertThatLayer(new Reduction(ReductionKind.SUM, null, true, true), x, none).gives(x);
    assertThatLayer(new Reduction(ReductionKind.SUM_SQUARE, null, true, true), x)
        .gives(Tensor.of(Shape.of(2), 4f, 9f));
  }

  @Test
  void emptySetsGiveTheNeutralElement() {
    Tensor x = Tensor.zeros(DataType.FP32, Shape.of(1, 0));
    empty(x, ReductionKind.SUM, 0);
    empty(x, ReductionKind.MEAN, Float.NaN);
    empty(x, ReductionKind.MAXIMUM, Float.NEGATIVE_INFINITY);
    empty(x, ReductionKind.MINIMUM, Float.POSITIVE_INFINITY);
    empty(x, ReductionKind.PRODUCT, 1);
    empty(x, ReductionKind.L1, 0);
    empty(x, ReductionKind.L2, 0);
    empty(x, ReductionKind.LOG_SUM, Float.NEGATIVE_INFINITY);
    empty(x, ReductionKind.LOG_SUM_EXP, Float.NEGATIVE_INFINITY);
    empty(x, ReductionKind.SUM_SQUARE, 0);
    Tensor bytes = Tensor.zeros(DataType.UINT8, Shape.of(0));
    Tensor largest = Tensor.zeros(DataType.UINT8, Shape.of());
    largest.setLong(0, 255);
    assertThatLayer(new Reduction(ReductionKind.MINIMUM, null, false, false), bytes).gives(largest);
  }

  private static void empty(Tensor x, ReductionKind kind, float expected) {
    assertThatLayer(new Reduction(kind, new int[] {1}, false, false), x)
        .gives(Tensor.of(Shape.of(1), expected));
  }

  @Test
  void wholeNumbersStayExact() {
    Tensor x = Tensor.of(Shape.of(3), Long.MAX_VALUE - 1, -Long.MAX_VALUE, 3L);
    reduce(x, ReductionKind.SUM, 2);
    reduce(x, ReductionKind.MAXIMUM, Long.MAX_VALUE - 1);
    reduce(x, ReductionKind.MINIMUM, -Long.MAX_VALUE);
    Tensor unsigned = Tensor.zeros(DataType.UINT64, Shape.of(2));
    unsigned.setLong(0, -2);
    unsigned.setLong(1, 2);
    Tensor largest = Tensor.zeros(DataType.UINT64, Shape.of());
    largest.setLong(0, -2);
    assertThatLayer(new Reduction(ReductionKind.MAXIMUM, null, false, false), unsigned)
        .gives(largest);
  }

  private static void reduce(Tensor x, ReductionKind kind, long expected) {
    assertThatLayer(new Reduction(kind, null, false, false), x)
        .gives(Tensor.of(Shape.of(), expected));
  }

  @Test
  void nanWinsAndLargeExponentsDoNotOverflow() {
    Tensor x = Tensor.of(Shape.of(2), Float.NaN, 1f);
    for (ReductionKind kind : new ReductionKind[] {ReductionKind.MAXIMUM, ReductionKind.MINIMUM}) {
      assertThatLayer(new Reduction(kind, null, false, false), x)
          .gives(Tensor.of(Shape.of(), Float.NaN));
    }
    assertThatLayer(
            new Reduction(ReductionKind.LOG_SUM_EXP, null, false, false),
            Tensor.of(Shape.of(2), 1000f, 1000f))
        .givesWithin(1e-6, Tensor.of(Shape.of(), (float) (1000 + Math.log(2))));
  }

  @Test
  void refusesAxesOutsideAndSumsOfBool() {
    assertThatLayer(
            new Reduction(ReductionKind.SUM, new int[] {2}, true, false),
            Tensor.of(Shape.of(1, 1), 1f))
        .refuses("axis 2 is out of range", "[1,1]");
    assertThatLayer(
            new Reduction(ReductionKind.SUM, null, true, false), Tensor.of(Shape.of(1), true))
        .refuses("expected a tensor of numbers", "BOOL[1]");
    assertThatLayer(
            new Reduction(ReductionKind.MINIMUM, null, true, false),
            Tensor.of(Shape.of(2), true, false))
        .gives(Tensor.of(Shape.of(1), false));
  }

  @Test
  void argumentsOfExtremesHeedTiesAndNan() {
    Tensor x = Tensor.of(Shape.of(2, 3), 2f, 5f, 5f, 1f, Float.NaN, 1f);
    assertThatLayer(new ArgExtreme(true, 1, true, false), x)
        .gives(Tensor.of(Shape.of(2, 1), 1L, 1L));
    assertThatLayer(new ArgExtreme(true, -1, false, true), x).gives(Tensor.of(Shape.of(2), 2L, 1L));
    assertThatLayer(new ArgExtreme(false, 0, false, false), x)
        .gives(Tensor.of(Shape.of(3), 1L, 1L, 1L));
    assertThatLayer(
            new ArgExtreme(true, 0, true, false), Tensor.zeros(DataType.FP32, Shape.of(0, 2)))
        .refuses("axis 0", "is empty");
  }

  @Test
  void runningSumsAndProductsGoBothWays() {
    Tensor x = Tensor.of(Shape.of(1, 3), 2L, 3L, 4L);
    Tensor axis = Tensor.of(Shape.of(), 1);
    cumulative(new CumulativeSum(false, false), x, axis, 2, 5, 9);
    cumulative(new CumulativeSum(true, false), x, axis, 0, 2, 5);
    cumulative(new CumulativeSum(true, true), x, axis, 7, 4, 0);
    cumulative(new CumulativeProduct(false, true), x, axis, 24, 12, 4);
    cumulative(new CumulativeProduct(true, false), x, axis, 1, 2, 6);
    Tensor down = Tensor.of(Shape.of(2, 2), 1f, 2f, 3f, 4f);
    assertThatLayer(new CumulativeSum(false, false), down, Tensor.of(Shape.of(), 0))
        .gives(Tensor.of(Shape.of(2, 2), 1f, 2f, 4f, 6f));
  }

  private static void cumulative(Layer layer, Tensor x, Tensor axis, long... expected) {
    assertThatLayer(layer, x, axis).gives(Tensor.of(Shape.of(1, 3), expected));
  }
}
