package io.norma.onnx.operators;

import static io.norma.onnx.operators.Operator.operator;

import io.norma.kernel.layer.Absolute;
import io.norma.kernel.layer.Acos;
import io.norma.kernel.layer.Acosh;
import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.And;
import io.norma.kernel.layer.Asin;
import io.norma.kernel.layer.Asinh;
import io.norma.kernel.layer.Atan;
import io.norma.kernel.layer.Atanh;
import io.norma.kernel.layer.BitShift;
import io.norma.kernel.layer.BitwiseAnd;
import io.norma.kernel.layer.BitwiseNot;
import io.norma.kernel.layer.BitwiseOr;
import io.norma.kernel.layer.BitwiseXor;
import io.norma.kernel.layer.Ceil;
import io.norma.kernel.layer.Celu;
import io.norma.kernel.layer.Cos;
import io.norma.kernel.layer.Cosh;
import io.norma.kernel.layer.Divide;
import io.norma.kernel.layer.Elu;
import io.norma.kernel.layer.Equal;
import io.norma.kernel.layer.Erf;
import io.norma.kernel.layer.Exp;
import io.norma.kernel.layer.Floor;
import io.norma.kernel.layer.Gelu;
import io.norma.kernel.layer.Greater;
import io.norma.kernel.layer.GreaterOrEqual;
import io.norma.kernel.layer.HardSigmoid;
import io.norma.kernel.layer.HardSwish;
import io.norma.kernel.layer.IsInfinite;
import io.norma.kernel.layer.IsNaN;
import io.norma.kernel.layer.LeakyRelu;
import io.norma.kernel.layer.Less;
import io.norma.kernel.layer.LessOrEqual;
import io.norma.kernel.layer.Log;
import io.norma.kernel.layer.Maximum;
import io.norma.kernel.layer.Mean;
import io.norma.kernel.layer.Minimum;
import io.norma.kernel.layer.Mish;
import io.norma.kernel.layer.Modulo;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.Negate;
import io.norma.kernel.layer.Not;
import io.norma.kernel.layer.Or;
import io.norma.kernel.layer.Power;
import io.norma.kernel.layer.Reciprocal;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.Round;
import io.norma.kernel.layer.Shrink;
import io.norma.kernel.layer.Sigmoid;
import io.norma.kernel.layer.Sign;
import io.norma.kernel.layer.Sin;
import io.norma.kernel.layer.Sinh;
import io.norma.kernel.layer.Softplus;
import io.norma.kernel.layer.Softsign;
import io.norma.kernel.layer.Sqrt;
import io.norma.kernel.layer.Subtract;
import io.norma.kernel.layer.Sum;
import io.norma.kernel.layer.SwiGlu;
import io.norma.kernel.layer.Swish;
import io.norma.kernel.layer.Tan;
import io.norma.kernel.layer.Tanh;
import io.norma.kernel.layer.ThresholdedRelu;
import io.norma.kernel.layer.Xor;
import java.util.Map;

/** Operators that work element by element: arithmetic, activations, logic, comparisons. */
final class ElementwiseOperators {
  // One line per operator: name, factory, versions. Alphabetical.
  static final Map<String, Operator> ALL =
      Map.ofEntries(
          operator("Abs", a -> new Absolute(), 1, 6, 13),
          operator("Acos", a -> new Acos(), 7, 22),
          operator("Acosh", a -> new Acosh(), 9, 22),
          operator("Add", a -> LayerFactories.binary(a, new Add()), 1, 6, 7, 13, 14),
          operator("And", a -> LayerFactories.binary(a, new And()), 1, 7),
          operator("Asin", a -> new Asin(), 7, 22),
          operator("Asinh", a -> new Asinh(), 9, 22),
          operator("Atan", a -> new Atan(), 7, 22),
          operator("Atanh", a -> new Atanh(), 9, 22),
          operator("BitShift", a -> BitShift.of(a.string("direction", "")), 11, 28),
          operator("BitwiseAnd", a -> new BitwiseAnd(), 18),
          operator("BitwiseNot", a -> new BitwiseNot(), 18),
          operator("BitwiseOr", a -> new BitwiseOr(), 18),
          operator("BitwiseXor", a -> new BitwiseXor(), 18),
          operator("Ceil", a -> new Ceil(), 1, 6, 13),
          operator("Celu", a -> new Celu(a.real("alpha", 1)), 12, 28),
          operator("Clip", LayerFactories::clip, 1, 6, 11, 12, 13),
          operator("Cos", a -> new Cos(), 7, 22),
          operator("Cosh", a -> new Cosh(), 9, 22),
          operator("Div", a -> LayerFactories.binary(a, new Divide()), 1, 6, 7, 13, 14),
          operator("Elu", a -> new Elu(a.real("alpha", 1)), 1, 6, 22),
          operator("Equal", a -> LayerFactories.binary(a, new Equal()), 1, 7, 11, 13, 19),
          operator("Erf", a -> new Erf(), 9, 13),
          operator("Exp", a -> new Exp(), 1, 6, 13),
          operator("Floor", a -> new Floor(), 1, 6, 13),
          operator("Gelu", a -> Gelu.of(a.string("approximate", "none")), 20),
          operator("Greater", a -> LayerFactories.binary(a, new Greater()), 1, 7, 9, 13),
          operator("GreaterOrEqual", a -> new GreaterOrEqual(), 12, 16),
          operator(
              "HardSigmoid",
              a -> new HardSigmoid(a.real("alpha", 0.2f), a.real("beta", 0.5f)),
              1,
              6,
              22),
          operator("HardSwish", a -> new HardSwish(), 14, 22),
          operator(
              "IsInf",
              a -> new IsInfinite(a.flag("detect_positive", true), a.flag("detect_negative", true)),
              10,
              20),
          operator("IsNaN", a -> new IsNaN(), 9, 13, 20),
          operator("LeakyRelu", a -> new LeakyRelu(a.real("alpha", 0.01f)), 1, 6, 16),
          operator("Less", a -> LayerFactories.binary(a, new Less()), 1, 7, 9, 13),
          operator("LessOrEqual", a -> new LessOrEqual(), 12, 16),
          operator("Log", a -> new Log(), 1, 6, 13),
          operator("Max", a -> new Maximum(), 1, 6, 8, 12, 13),
          operator("Mean", a -> new Mean(), 1, 6, 8, 13),
          operator("Min", a -> new Minimum(), 1, 6, 8, 12, 13),
          operator("Mish", a -> new Mish(), 18, 22),
          operator("Mod", a -> new Modulo(a.flag("fmod", false)), 10, 13, 28),
          operator("Mul", a -> LayerFactories.binary(a, new Multiply()), 1, 6, 7, 13, 14),
          operator("Neg", a -> new Negate(), 1, 6, 13),
          operator("Not", a -> new Not(), 1),
          operator("Or", a -> LayerFactories.binary(a, new Or()), 1, 7),
          operator("PRelu", LayerFactories::pRelu, 1, 6, 7, 9, 16),
          operator("Pow", a -> LayerFactories.binary(a, new Power()), 1, 7, 12, 13, 15),
          operator("Reciprocal", a -> new Reciprocal(), 1, 6, 13),
          operator("Relu", a -> new Relu(), 1, 6, 13, 14),
          operator("Round", a -> new Round(), 11, 22),
          operator("Selu", LayerFactories::selu, 1, 6, 22),
          operator("Shrink", a -> new Shrink(a.real("lambd", 0.5f), a.real("bias", 0)), 9),
          operator("Sigmoid", a -> new Sigmoid(), 1, 6, 13),
          operator("Sign", a -> new Sign(), 9, 13),
          operator("Sin", a -> new Sin(), 7, 22),
          operator("Sinh", a -> new Sinh(), 9, 22),
          operator("Softplus", a -> new Softplus(), 1, 22),
          operator("Softsign", a -> new Softsign(), 1, 22),
          operator("Sqrt", a -> new Sqrt(), 1, 6, 13),
          operator("Sub", a -> LayerFactories.binary(a, new Subtract()), 1, 6, 7, 13, 14),
          operator("Sum", a -> new Sum(), 1, 6, 8, 13),
          operator("SwiGLU", a -> new SwiGlu(a.real("alpha", 1)), 28),
          operator("Swish", a -> new Swish(a.real("alpha", 1)), 24),
          operator("Tan", a -> new Tan(), 7, 22),
          operator("Tanh", a -> new Tanh(), 1, 6, 13),
          operator("ThresholdedRelu", a -> new ThresholdedRelu(a.real("alpha", 1)), 10, 22),
          operator("Xor", a -> LayerFactories.binary(a, new Xor()), 1, 7));

  private ElementwiseOperators() {}
}
