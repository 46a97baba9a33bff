package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.LayerException;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.TensorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators as sets 1 to 6 define them: broadcasting is asked for, and has an axis. */
final class OldBroadcastTest {
  private static final Shape A = Shape.of(2, 3, 4, 5);

  private static final List<String> OPERATORS =
      List.of("Add", "Sub", "Mul", "Div", "Pow", "Equal", "Greater", "Less");

  private static double result(String operator, double a, double b) {
    return switch (operator) {
      case "Add" -> a + b;
      case "Sub" -> a - b;
      case "Mul" -> a * b;
      case "Div" -> a / b;
      case "Pow" -> Math.pow(a, b);
      case "Equal" -> a == b ? 1 : 0;
      case "Greater" -> a > b ? 1 : 0;
      case "Less" -> a < b ? 1 : 0;
      default -> throw new IllegalArgumentException(operator);
    };
  }

  /** Operator set, operator, shape of b, axis or {@code null}, the axis of a where b's begins. */
  static Stream<Arguments> aligned() {
    List<Arguments> cases = new ArrayList<>();
    for (int operatorSet : new int[] {1, 6}) {
      for (String operator : OPERATORS) {
        cases.add(Arguments.of(operatorSet, operator, Shape.of(3), 1, 1));
        cases.add(Arguments.of(operatorSet, operator, Shape.of(3, 4), 1, 1));
        cases.add(Arguments.of(operatorSet, operator, Shape.of(2), 0, 0));
        cases.add(Arguments.of(operatorSet, operator, Shape.of(2, 3, 4, 5), 0, 0));
        cases.add(Arguments.of(operatorSet, operator, Shape.of(4), -2, 2));
        cases.add(Arguments.of(operatorSet, operator, Shape.of(5), null, 3));
        cases.add(Arguments.of(operatorSet, operator, Shape.of(4, 5), null, 2));
        cases.add(Arguments.of(operatorSet, operator, Shape.of(), null, 0));
        cases.add(Arguments.of(operatorSet, operator, Shape.of(1, 1), null, 0));
        cases.add(Arguments.of(operatorSet, operator, Shape.of(1), 0, 0));
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("aligned")
  void repeatsTheSecondOperandFromAnAxis(
      int operatorSet, String operator, Shape shape, Integer axis, int first) {
    Tensor a = numbers(A, 0);
    Tensor b = numbers(shape, 3);
    List<AttributeProto> attributes = new ArrayList<>(List.of(integer("broadcast", 1)));
    if (axis != null) {
      attributes.add(integer("axis", axis));
    }
    double[] expected = new double[A.size()];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = result(operator, a.getDouble(i), b.getDouble(at(i, b, first)));
    }
    for (boolean constant : new boolean[] {false, true}) {
      Tensor y =
          run(operatorSet, operator, a, b, constant, attributes.toArray(AttributeProto[]::new));
      assertThat(y.shape()).isEqualTo(A);
      for (int i = 0; i < expected.length; i++) {
        double tolerance = 1e-6 * Math.max(1, expected[i]);
        assertThat(y.getDouble(i)).isCloseTo(expected[i], within(tolerance));
      }
    }
  }

  /** Which element of b meets element i of a. */
  private static int at(int i, Tensor b, int first) {
    int index = 0;
    for (int axis = 0; axis < b.shape().rank(); axis++) {
      int position = i / A.size(first + axis + 1, A.rank()) % A.dimension(first + axis);
      index = index * b.shape().dimension(axis) + (b.shape().dimension(axis) == 1 ? 0 : position);
    }
    return index;
  }

  @ParameterizedTest
  @ValueSource(strings = {"And", "Or", "Xor"})
  void repeatsConditionsFromAnAxis(String operator) {
    Tensor a = Tensor.of(Shape.of(2, 2), false, true, true, false);
    Tensor b = Tensor.of(Shape.of(2), false, true);
    boolean[] expected =
        switch (operator) {
          case "And" -> new boolean[] {false, false, true, false};
          case "Or" -> new boolean[] {false, true, true, true};
          default -> new boolean[] {false, true, false, true};
        };
    Tensor y = run(1, operator, a, b, false, integer("broadcast", 1), integer("axis", 0));
    assertThat(y.dataType()).isEqualTo(DataType.BOOL);
    assertThat(y.toLongArray()).containsExactly(Tensor.of(y.shape(), expected).toLongArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Add", "Sub", "Mul", "Div", "Pow", "Equal", "Greater", "Less"})
  void takesEqualShapesAloneUnlessToldToBroadcast(String operator) {
    Tensor a = numbers(A, 0);
    assertThat(run(6, operator, a, numbers(A, 3), false).getDouble(0))
        .isCloseTo(result(operator, a.getDouble(0), numbers(A, 3).getDouble(0)), within(1e-6));
    for (Shape shape : List.of(Shape.of(5), Shape.of(), Shape.of(1, 3, 4, 5))) {
      assertThatThrownBy(
              () -> run(6, operator, a, numbers(shape, 3), false, integer("broadcast", 0)))
          .isInstanceOf(LayerException.class)
          .hasMessageContainingAll("'node'", "one shape", A.toString(), shape.toString());
    }
  }

  @Test
  void refusesAnOperandThatDoesNotFitFromItsAxis() {
    Tensor a = numbers(A, 0);
    for (Shape shape : List.of(Shape.of(4), Shape.of(3, 5), Shape.of(3, 4, 5, 1))) {
      assertThatThrownBy(() ->
              run(
                  6,
                  "Add",
                  a,
                  numbers(shape, 3),
                  false,
                  integer("broadcast", 1),
                  integer("axis", 1)))
          .isInstanceOf(LayerException.class)
          .hasMessageContainingAll("'node'", shape.toString(), A.toString(), "axis 1");
    }
  }

  @Test
  void slopesOfARectifierAreThoseOfChannels() {
    Tensor x = numbers(A, 10);
    for (Shape shape : List.of(Shape.of(3), Shape.of(1), Shape.of(3, 1, 1))) {
      for (int operatorSet : new int[] {1, 6}) {
        Tensor slope = numbers(shape, 3);
        Tensor y = run(operatorSet, "PRelu", x, slope, true);
        for (int i = 0; i < x.size(); i++) {
          double value = x.getDouble(i);
          double factor = slope.getDouble(shape.size() == 1 ? 0 : i / 20 % 3);
          assertThat(y.getDouble(i)).isCloseTo(value < 0 ? factor * value : value, within(1e-6));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6})
  void addsToAProductOnlyWhatHasItsShapeUnlessToldToBroadcast(int operatorSet) {
    double[] product = {13, 16, 28, 36};
    assertThat(gemm(operatorSet, Shape.of(2, 2), 0).toDoubleArray())
        .containsExactly(product[0] + 1, product[1] + 2, product[2] + 3, product[3] + 4);
    assertThat(gemm(operatorSet, Shape.of(2), 1).toDoubleArray())
        .containsExactly(product[0] + 1, product[1] + 2, product[2] + 1, product[3] + 2);
    assertThat(gemm(operatorSet, Shape.of(1), 1).toDoubleArray())
        .containsExactly(product[0] + 1, product[1] + 1, product[2] + 1, product[3] + 1);
    assertThat(gemm(operatorSet, Shape.of(2, 1), 1).toDoubleArray())
        .containsExactly(product[0] + 1, product[1] + 1, product[2] + 2, product[3] + 2);
    assertThatThrownBy(() -> gemm(operatorSet, Shape.of(2), 0))
        .isInstanceOf(LayerException.class)
        .hasMessageContainingAll("'node'", "c of shape [2,2]", "got [2]");
  }

  private static Tensor gemm(int operatorSet, Shape c, int broadcast) {
    Tensor a = Tensor.of(Shape.of(2, 2), 1f, 2, 3, 4);
    Tensor b = Tensor.of(Shape.of(2, 2), 2f, 4, 5.5f, 6);
    float[] summands = new float[c.size()];
    for (int i = 0; i < summands.length; i++) {
      summands[i] = i + 1;
    }
    OnnxBuilder model =
        OnnxBuilder.operatorSet(operatorSet)
            .input("a", 2, 2)
            .initializer(constant("b", b))
            .initializer(constant("c", Tensor.of(c, summands)))
            .node(
                "node",
                "Gemm",
                List.of("a", "b", "c"),
                List.of("y"),
                integer("broadcast", broadcast))
            .output("y", 2, 2);
    return run(model, a);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6})
  void averagesLeavePaddingOut(int operatorSet) {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(operatorSet)
            .input("x", 1, 1, 3)
            .node(
                "pool",
                "AveragePool",
                List.of("x"),
                List.of("y"),
                integers("kernel_shape", 3),
                integers("pads", 1, 1))
            .output("y", 1, 1, 3);
    assertThat(run(model, Tensor.of(Shape.of(1, 1, 3), 1f, 2, 6)).toDoubleArray())
        .containsExactly(1.5, 3, 4);
  }

  private static AttributeProto integers(String name, long... values) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.INTS)
        .addAllInts(LongStream.of(values).boxed().toList())
        .build();
  }

  /** Multiples of a quarter, none of them 0. */
  private static Tensor numbers(Shape shape, int shift) {
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = ((i * 7 + shift) % 23 + 1) / 4f - (shift == 10 ? 3.1f : 0);
    }
    return Tensor.of(shape, values);
  }

  private static Tensor run(
      int operatorSet,
      String operator,
      Tensor a,
      Tensor b,
      boolean constant,
      AttributeProto... attributes) {
    int type = a.dataType() == DataType.BOOL ? TensorProto.DataType.BOOL_VALUE : OnnxBuilder.FLOAT;
    OnnxBuilder model =
        OnnxBuilder.operatorSet(operatorSet)
            .input(OnnxBuilder.declaration("a", type, a.shape().toLongs()))
            .node("node", operator, List.of("a", "b"), List.of("y"), attributes)
            .output(OnnxBuilder.declaration("y", type, a.shape().toLongs()));
    if (constant) {
      return run(model.initializer(constant("b", b)), a);
    }
    return run(model.input(OnnxBuilder.declaration("b", type, b.shape().toLongs())), a, b);
  }

  private static TensorProto constant(String name, Tensor tensor) {
    return OnnxBuilder.floatTensor(name, tensor.toFloatArray()).toBuilder()
        .clearDims()
        .addAllDims(LongStream.of(tensor.shape().toLongs()).boxed().toList())
        .build();
  }

  private static Tensor run(OnnxBuilder model, Tensor... inputs) {
    ImportResult result = model.read();
    ExecutionPlan plan = ExecutionPlan.compile(result.network());
    return plan.run(
            List.of(inputs),
            new Normalization.Frozen(plan.bind(result.network().runningStatistics())),
            new Workspace())
        .getFirst();
  }
}
