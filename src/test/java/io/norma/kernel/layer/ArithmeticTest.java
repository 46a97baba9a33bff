package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Layers of two or more numbers each: arithmetic, comparisons, logic, bits. */
final class ArithmeticTest {
  private static final List<int[][]> SHAPES =
      List.of(
          new int[][] {{2, 3, 4, 5}, {2, 3, 4, 5}},
          new int[][] {{2, 3, 4, 5}, {}},
          new int[][] {{1}, {2, 3, 4, 5}},
          new int[][] {{2, 3, 4, 17}, {1, 3, 1, 1}},
          new int[][] {{3, 1, 1}, {2, 3, 4, 17}},
          new int[][] {{4, 1}, {3, 1, 5}},
          new int[][] {{2, 1, 3, 1}, {1, 4, 1, 5}},
          new int[][] {{0, 3}, {1, 3}});

  @Test
  void combinesEveryKindOfBroadcast() {
    check(new Add(), Double::sum);
    check(new Subtract(), (a, b) -> a - b);
    check(new Multiply(), (a, b) -> a * b);
    check(new Divide(), (a, b) -> a / b);
    check(new Maximum(), Math::max);
    check(new Minimum(), Math::min);
    check(new Modulo(true), (a, b) -> a % b);
    check(new Modulo(false), (a, b) -> a - Math.floor(a / b) * b);
    check(new Power(), Math::pow);
    check(new Sum(), Double::sum);
    check(new Mean(), (a, b) -> (a + b) / 2);
  }

  private static void check(Layer layer, DoubleBinaryOperator truth) {
    for (int[][] shapes : SHAPES) {
      Tensor a = random(1, shapes[0]);
      Tensor b = random(2, shapes[1]);
      Tensor expected = Tensor.zeros(DataType.FP32, Shape.broadcast(a.shape(), b.shape()));
      for (int i = 0; i < expected.size(); i++) {
        expected.setDouble(
            i,
            truth.applyAsDouble(
                a.getDouble(index(expected.shape(), a.shape(), i)),
                b.getDouble(index(expected.shape(), b.shape(), i))));
      }
      assertThatLayer(layer, a, b).givesWithin(1e-6, expected);
    }
  }

  private static int index(Shape result, Shape operand, int i) {
    int index = 0;
    int stride = 1;
    int rest = i;
    for (int axis = 1; axis <= result.rank(); axis++) {
      int position = rest % result.dimension(-axis);
      rest /= result.dimension(-axis);
      if (axis <= operand.rank()) {
        index += operand.dimension(-axis) == 1 ? 0 : position * stride;
        stride *= operand.dimension(-axis);
      }
    }
    return index;
  }

  @Test
  void wholeNumbersOf64BitsStayExact() {
    Tensor a = longs(Long.MAX_VALUE, -7, 7);
    Tensor b = longs(2, 2, -2);
    assertThatLayer(new Subtract(), a, b).gives(longs(Long.MAX_VALUE - 2, -9, 9));
    assertThatLayer(new Divide(), a, b).gives(longs(Long.MAX_VALUE / 2, -3, -3));
    assertThatLayer(new Modulo(false), a, b).gives(longs(1, 1, -1));
    assertThatLayer(new Modulo(true), a, b).gives(longs(1, -1, 1));
    assertThatLayer(new Power(), longs(3, -2, 10), longs(39, 3, 0))
        .gives(longs(4052555153018976267L, -8, 1));
    assertThatLayer(new Greater(), longs(Long.MAX_VALUE), longs(Long.MAX_VALUE - 1))
        .gives(Tensor.of(Shape.of(1), true));
    assertThatLayer(new Divide(), a, longs(0)).refuses("divided by 0");
    assertThatLayer(new Modulo(false), a, longs(0)).refuses("divided by 0");
  }

  @Test
  void numbersWithoutASignAreNotNegative() {
    for (DataType type :
        List.of(DataType.UINT8, DataType.UINT16, DataType.UINT32, DataType.UINT64)) {
      Tensor large = whole(type, -2);
      Tensor two = whole(type, 2);
      assertThatLayer(new Maximum(), large, two).gives(large);
      assertThatLayer(new Minimum(), large, two).gives(two);
      assertThatLayer(new Less(), two, large).gives(Tensor.of(Shape.of(1), true));
      long half = type == DataType.UINT64 ? Long.MAX_VALUE : large.getLong(0) / 2;
      assertThatLayer(new Divide(), large, two).gives(whole(type, half));
      assertThatLayer(BitShift.of("RIGHT"), large, whole(type, 1)).gives(whole(type, half));
      assertThatLayer(BitShift.of("LEFT"), two, whole(type, 100)).gives(whole(type, 0));
    }
  }

  @Test
  void bitsShiftAndCombine() {
    assertThatLayer(BitShift.of("RIGHT"), longs(-8, -8, 8), longs(1, 64, -1))
        .gives(longs(-4, -1, 0));
    assertThatLayer(new BitwiseAnd(), longs(12), longs(10)).gives(longs(8));
    assertThatLayer(new BitwiseOr(), longs(12), longs(10)).gives(longs(14));
    assertThatLayer(new BitwiseXor(), longs(12), longs(10)).gives(longs(6));
    assertThatLayer(new BitwiseNot(), longs(12)).gives(longs(-13));
    assertThatLayer(new BitwiseAnd(), random(1, 1), random(1, 1)).refuses("whole numbers", "FP32");
  }

  @Test
  void comparisonsAreFalseForNan() {
    Tensor a = Tensor.of(Shape.of(4), 1f, 2f, 3f, Float.NaN);
    Tensor b = Tensor.of(Shape.of(4), 2f, 2f, 2f, Float.NaN);
    holds(new Equal(), a, b, false, true, false, false);
    holds(new Greater(), a, b, false, false, true, false);
    holds(new GreaterOrEqual(), a, b, false, true, true, false);
    holds(new Less(), a, b, true, false, false, false);
    holds(new LessOrEqual(), a, b, true, true, false, false);
    holds(new IsNaN(), a, null, false, false, false, true);
    Tensor infinite = Tensor.of(Shape.of(2), Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
    assertThatLayer(new IsInfinite(false, true), infinite)
        .gives(Tensor.of(Shape.of(2), false, true));
  }

  @Test
  void logicCombinesTruths() {
    Tensor a = Tensor.of(Shape.of(4), false, false, true, true);
    Tensor b = Tensor.of(Shape.of(4), false, true, false, true);
    holds(new And(), a, b, false, false, false, true);
    holds(new Or(), a, b, false, true, true, true);
    holds(new Xor(), a, b, false, true, true, false);
    holds(new Not(), a, null, true, true, false, false);
    assertThatLayer(new And(), a, longs(1)).refuses("expected a tensor of BOOL", "INT64[1]");
  }

  private static void holds(Layer layer, Tensor a, @Nullable Tensor b, boolean... expected) {
    assertThatLayer(layer, a, b).gives(Tensor.of(Shape.of(4), expected));
  }

  @Test
  void extremesKeepNan() {
    Tensor nan = Tensor.of(Shape.of(2), Float.NaN, 1f);
    Tensor x = Tensor.of(Shape.of(2), 1f, Float.NaN);
    Tensor expected = Tensor.of(Shape.of(2), Float.NaN, Float.NaN);
    assertThatLayer(new Maximum(), nan, x).gives(expected);
    assertThatLayer(new Minimum(), nan, x).gives(expected);
  }

  @Test
  void refusesMixedTypesAndShapesThatDoNotFit() {
    assertThatLayer(new Add(), random(1, 2), longs(1, 2)).refuses("one data type", "FP32", "INT64");
    assertThatLayer(new Add(), random(1, 2), random(1, 3)).refuses("[2] and [3] do not broadcast");
    assertThatLayer(new PRelu(), random(1, 2), random(1, 3, 2)).refuses("slope of shape [3,2]");
    assertThatLayer(new SwiGlu(1), random(1, 2), random(1, 1)).refuses("one shape");
  }

  @Test
  void squaresByMultiplying() {
    float[] values = {-3, 0.1f, -0f, 1e-30f, 3e30f, Float.NEGATIVE_INFINITY, Float.NaN};
    Tensor x = Tensor.of(Shape.of(values.length), values);
    float[] squares = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      squares[i] = (float) Math.pow(values[i], 2);
    }
    Tensor expected = Tensor.of(x.shape(), squares);
    assertThatLayer(new Power(), x, Tensor.of(Shape.of(), 2f)).gives(expected);
    assertThatLayer(new Power(), x, longs(2)).gives(expected);
    assertThatLayer(new Power(), x, Tensor.of(Shape.of(1, 1), 2f))
        .gives(Tensor.of(Shape.of(1, values.length), squares));
  }

  @Test
  void powerTakesTheTypeOfItsBase() {
    assertThatLayer(new Power(), longs(2, 9), Tensor.of(Shape.of(2), 3f, 0.5f)).gives(longs(8, 3));
    assertThatLayer(new Power(), Tensor.of(Shape.of(1), 2f), longs(-1))
        .gives(Tensor.of(Shape.of(1), 0.5f));
  }

  private static Tensor whole(DataType type, long value) {
    Tensor tensor = Tensor.zeros(type, Shape.of(1));
    tensor.setLong(0, value);
    return tensor;
  }

  private static Tensor longs(long... elements) {
    return Tensor.of(Shape.of(elements.length), elements);
  }
}
