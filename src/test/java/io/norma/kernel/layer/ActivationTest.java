package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;

import io.norma.kernel.compute.elementwise.ErrorFunction;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Layers of one real number: activations and elementary functions. */
final class ActivationTest {
  @Test
  void activationsFollowTheirFormulas() {
    check(new Relu(), x -> Math.max(x, 0), 5);
    check(new LeakyRelu(0.1f), x -> x < 0 ? 0.1f * x : x, 5);
    check(new Elu(1.5), x -> x > 0 ? x : 1.5 * (Math.exp(x) - 1), 5);
    check(new Selu(1.6, 1.1), x -> 1.1 * (x > 0 ? x : 1.6 * (Math.exp(x) - 1)), 5);
    check(new Celu(2), x -> Math.max(0, x) + Math.min(0, 2 * (Math.exp(x / 2) - 1)), 5);
    check(new Gelu(false), x -> x / 2 * (1 + ErrorFunction.erf(x / Math.sqrt(2))), 5);
    check(
        Gelu.of("tanh"),
        x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        5);
    check(new Sigmoid(), x -> 1 / (1 + Math.exp(-x)), 30);
    check(new Swish(1), x -> x / (1 + Math.exp(-x)), 10);
    check(new Swish(0.5f), x -> x / (1 + Math.exp(-0.5 * x)), 10);
    check(new HardSigmoid(0.2f, 0.5f), x -> Math.min(Math.max(0.2f * x + 0.5, 0), 1), 5);
    check(new HardSwish(), x -> x * Math.min(Math.max(x / 6 + 0.5, 0), 1), 5);
    check(new Mish(), x -> x * Math.tanh(Math.log(1 + Math.exp(x))), 5);
    check(new Softplus(), x -> Math.log(1 + Math.exp(x)), 30);
    check(new Softsign(), x -> x / (1 + Math.abs(x)), 5);
    check(new ThresholdedRelu(1), x -> x > 1 ? x : 0, 5);
    check(new Shrink(0.5, 0.25), x -> x < -0.5 ? x + 0.25 : x > 0.5 ? x - 0.25 : 0, 5);
    check(new Clip(-1f, 2f), x -> Math.min(Math.max(x, -1), 2), 5);
  }

  @Test
  void elementaryFunctionsFollowTheirFormulas() {
    check(new Absolute(), Math::abs, 5);
    check(new Negate(), x -> -x, 5);
    check(new Sign(), Math::signum, 5);
    check(new Floor(), Math::floor, 5);
    check(new Ceil(), Math::ceil, 5);
    check(new Round(), Math::rint, 5);
    check(new Exp(), Math::exp, 20);
    check(new Log(), Math::log, 5);
    check(new Sqrt(), Math::sqrt, 5);
    check(new Reciprocal(), x -> 1 / x, 5);
    check(new Sin(), Math::sin, 5);
    check(new Cos(), Math::cos, 5);
    check(new Tan(), Math::tan, 1.5);
    check(new Asin(), Math::asin, 1.2);
    check(new Acos(), Math::acos, 1.2);
    check(new Atan(), Math::atan, 5);
    check(new Sinh(), Math::sinh, 5);
    check(new Cosh(), Math::cosh, 5);
    check(new Tanh(), Math::tanh, 12);
    check(new Asinh(), x -> Math.signum(x) * Math.log(Math.abs(x) + Math.sqrt(x * x + 1)), 5);
    check(new Acosh(), x -> Math.log(x + Math.sqrt(x * x - 1)), 5);
    check(new Atanh(), x -> 0.5 * Math.log((1 + x) / (1 - x)), 0.99);
  }

  private static void check(Layer layer, DoubleUnaryOperator truth, double limit) {
    int count = 1001;
    Tensor singles = Tensor.zeros(DataType.FP32, Shape.of(7, 143));
    for (int i = 0; i < count; i++) {
      singles.setDouble(i, -limit + 2 * limit * i / (count - 1));
    }
    Tensor doubles = new Cast(DataType.FP64).forward(Inputs.of(singles), Memory.heap()).getFirst();
    Tensor expectedSingles = Tensor.zeros(DataType.FP32, singles.shape());
    Tensor expectedDoubles = Tensor.zeros(DataType.FP64, singles.shape());
    for (int i = 0; i < count; i++) {
      expectedSingles.setDouble(i, truth.applyAsDouble(singles.getDouble(i)));
      expectedDoubles.setDouble(i, truth.applyAsDouble(singles.getDouble(i)));
    }
    assertThatLayer(layer, singles).givesWithin(1e-6, expectedSingles);
    assertThatLayer(layer, doubles).givesWithin(1e-12, expectedDoubles);
  }

  @Test
  void errorFunctionAgreesWithItsTable() {
    // Abramowitz and Stegun, table 7.1
    double[][] table = {
      {0.5, 0.5204998778}, {1, 0.8427007929}, {2, 0.9953222650}, {-1.5, -0.9661051465},
    };
    for (double[] row : table) {
      assertThatLayer(new Erf(), Tensor.of(Shape.of(1), row[0]))
          .givesWithin(1e-10, Tensor.of(Shape.of(1), row[1]));
      assertThatLayer(new Erf(), Tensor.of(Shape.of(1), (float) row[0]))
          .givesWithin(2e-7, Tensor.of(Shape.of(1), (float) row[1]));
    }
  }

  @Test
  void keepsNanAndBoundsByInput() {
    Tensor x = Tensor.of(Shape.of(3), Float.NaN, -5f, 5f);
    assertThatLayer(new Relu(), x).gives(Tensor.of(Shape.of(3), Float.NaN, 0f, 5f));
    assertThatLayer(new Clip(), x, null, Tensor.of(Shape.of(), 2f))
        .gives(Tensor.of(Shape.of(3), Float.NaN, -5f, 2f));
    assertThatLayer(new Clip(), x, Tensor.of(Shape.of(), 3f), Tensor.of(Shape.of(), 2f))
        .gives(Tensor.of(Shape.of(3), Float.NaN, 2f, 2f));
    Tensor whole = Tensor.of(Shape.of(2), Long.MAX_VALUE, -3L);
    assertThatLayer(new Clip(), whole, Tensor.of(Shape.of(), 0L))
        .gives(Tensor.of(Shape.of(2), Long.MAX_VALUE, 0L));
    assertThatLayer(new Clip(), x, Tensor.of(Shape.of(), 3)).refuses("low must be one FP32");
    assertThatLayer(new Relu(), whole).gives(Tensor.of(Shape.of(2), Long.MAX_VALUE, 0L));
    assertThatLayer(new Sigmoid(), whole).refuses("FP32");
  }

  @Test
  void dropoutKeepsEverythingButRefusesToDropAtRandom() {
    Tensor x = Tensor.of(Shape.of(2), 1f, 2f);
    Tensor ratio = Tensor.of(Shape.of(), 0.5f);
    Tensor training = Tensor.of(Shape.of(), true);
    Tensor mask = Tensor.of(Shape.of(2), true, true);
    assertThatLayer(new Dropout(true, true), x, ratio).gives(x, mask);
    assertThatLayer(new Dropout(true, true), x, Tensor.of(Shape.of(), 0f), training).gives(x, mask);
    assertThatLayer(new Dropout(true, true), x, ratio, training)
        .refuses("training mode", "ratio 0.5", "inference mode");
  }

  @Test
  void castTruncatesWrapsAndRoundsOnce() {
    Tensor x = Tensor.of(Shape.of(3), -1.9f, 2.9f, 0f);
    assertThatLayer(new Cast(DataType.INT32), x).gives(Tensor.of(Shape.of(3), -1, 2, 0));
    assertThatLayer(new Cast(DataType.BOOL), x).gives(Tensor.of(Shape.of(3), true, true, false));
    Tensor large = Tensor.of(Shape.of(2), (1L << 60) + (1L << 36) + 1, 200L);
    assertThatLayer(new Cast(DataType.FP32), large)
        .gives(Tensor.of(Shape.of(2), (float) ((1L << 60) + (1L << 36) + 1), 200f));
    Tensor bytes = Tensor.zeros(DataType.INT8, Shape.of(2));
    bytes.setLong(0, 1);
    bytes.setLong(1, -56);
    assertThatLayer(new CastLike(), large, bytes).gives(bytes);
  }

  @ParameterizedTest
  @EnumSource(names = {"INT64", "UINT64"})
  void wholeNumbersBecomeTheNearestRealOne(DataType from) {
    // Ties, their neighbours, and what a double in between rounds to a tie.
    List<Long> numbers = new ArrayList<>(List.of(0L, 1L, -1L, Long.MAX_VALUE, Long.MIN_VALUE));
    for (int bit = 25; bit < 64; bit++) {
      for (long odd : new long[] {0, 1}) {
        long tie = (1L << bit) + (odd << (bit - 23)) + (1L << (bit - 24));
        for (long away : new long[] {0, 1, -1, 2, -2}) {
          numbers.add(tie + away);
          numbers.add(-tie + away);
        }
      }
    }
    Tensor x = Tensor.zeros(from, Shape.of(numbers.size()));
    Tensor singles = Tensor.zeros(DataType.FP32, x.shape());
    Tensor doubles = Tensor.zeros(DataType.FP64, x.shape());
    for (int i = 0; i < x.size(); i++) {
      long number = numbers.get(i);
      x.setLong(i, number);
      String digits =
          from == DataType.UINT64 ? Long.toUnsignedString(number) : Long.toString(number);
      singles.floats()[i] = Float.parseFloat(digits);
      doubles.doubles()[i] = Double.parseDouble(digits);
    }
    assertThatLayer(new Cast(DataType.FP32), x).gives(singles);
    assertThatLayer(new CastLike(), x, singles).gives(singles);
    assertThatLayer(new Cast(DataType.FP64), x).gives(doubles);
  }

  @Test
  void determinantsOfBatches() {
    assertThatLayer(
            new Determinant(),
            Tensor.of(
                Shape.of(2, 3, 3),
                0f,
                2f,
                1f,
                1f,
                0f,
                3f,
                2f,
                1f,
                1f,
                1f,
                2f,
                3f,
                2f,
                4f,
                6f,
                0f,
                1f,
                0f))
        .givesWithin(1e-6, Tensor.of(Shape.of(2), 11f, 0f));
    assertThatLayer(new Determinant(), Tensor.of(Shape.of(1, 2), 1f, 2f)).refuses("square");
  }
}
