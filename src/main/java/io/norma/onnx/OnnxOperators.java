package io.norma.onnx;

import static java.util.Map.entry;

import io.norma.kernel.layer.Absolute;
import io.norma.kernel.layer.Acos;
import io.norma.kernel.layer.Acosh;
import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.AffineGrid;
import io.norma.kernel.layer.And;
import io.norma.kernel.layer.Asin;
import io.norma.kernel.layer.Asinh;
import io.norma.kernel.layer.Atan;
import io.norma.kernel.layer.Atanh;
import io.norma.kernel.layer.AveragePool;
import io.norma.kernel.layer.BatchNormalization;
import io.norma.kernel.layer.BitShift;
import io.norma.kernel.layer.BitwiseAnd;
import io.norma.kernel.layer.BitwiseNot;
import io.norma.kernel.layer.BitwiseOr;
import io.norma.kernel.layer.BitwiseXor;
import io.norma.kernel.layer.CastLike;
import io.norma.kernel.layer.Ceil;
import io.norma.kernel.layer.Celu;
import io.norma.kernel.layer.CenterCropPad;
import io.norma.kernel.layer.Compress;
import io.norma.kernel.layer.Concat;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Cos;
import io.norma.kernel.layer.Cosh;
import io.norma.kernel.layer.CumulativeProduct;
import io.norma.kernel.layer.CumulativeSum;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.DepthToSpace;
import io.norma.kernel.layer.Determinant;
import io.norma.kernel.layer.Divide;
import io.norma.kernel.layer.Einsum;
import io.norma.kernel.layer.Elu;
import io.norma.kernel.layer.Equal;
import io.norma.kernel.layer.Erf;
import io.norma.kernel.layer.Exp;
import io.norma.kernel.layer.Expand;
import io.norma.kernel.layer.Flatten;
import io.norma.kernel.layer.Floor;
import io.norma.kernel.layer.Fold;
import io.norma.kernel.layer.Gather;
import io.norma.kernel.layer.GatherElements;
import io.norma.kernel.layer.GatherNd;
import io.norma.kernel.layer.Gelu;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.GlobalLpPool;
import io.norma.kernel.layer.GlobalMaxPool;
import io.norma.kernel.layer.Greater;
import io.norma.kernel.layer.GreaterOrEqual;
import io.norma.kernel.layer.GroupNormalization;
import io.norma.kernel.layer.Gru;
import io.norma.kernel.layer.HardSigmoid;
import io.norma.kernel.layer.HardSwish;
import io.norma.kernel.layer.Hardmax;
import io.norma.kernel.layer.Identity;
import io.norma.kernel.layer.IsInfinite;
import io.norma.kernel.layer.IsNaN;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.LayerNormalization;
import io.norma.kernel.layer.LeakyRelu;
import io.norma.kernel.layer.Less;
import io.norma.kernel.layer.LessOrEqual;
import io.norma.kernel.layer.LocalResponseNormalization;
import io.norma.kernel.layer.Log;
import io.norma.kernel.layer.LogSoftmax;
import io.norma.kernel.layer.LpNormalization;
import io.norma.kernel.layer.LpPool;
import io.norma.kernel.layer.Lstm;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.MaxUnpool;
import io.norma.kernel.layer.Maximum;
import io.norma.kernel.layer.Mean;
import io.norma.kernel.layer.MeanVarianceNormalization;
import io.norma.kernel.layer.Minimum;
import io.norma.kernel.layer.Mish;
import io.norma.kernel.layer.Modulo;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.Negate;
import io.norma.kernel.layer.NonZero;
import io.norma.kernel.layer.Not;
import io.norma.kernel.layer.OneHot;
import io.norma.kernel.layer.Or;
import io.norma.kernel.layer.PRelu;
import io.norma.kernel.layer.Power;
import io.norma.kernel.layer.Range;
import io.norma.kernel.layer.Reciprocal;
import io.norma.kernel.layer.ReductionKind;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.Reshape;
import io.norma.kernel.layer.ReverseSequence;
import io.norma.kernel.layer.RmsNormalization;
import io.norma.kernel.layer.Round;
import io.norma.kernel.layer.ScatterElements;
import io.norma.kernel.layer.ScatterNd;
import io.norma.kernel.layer.ScatterReduction;
import io.norma.kernel.layer.ShapeOf;
import io.norma.kernel.layer.Shrink;
import io.norma.kernel.layer.Sigmoid;
import io.norma.kernel.layer.Sign;
import io.norma.kernel.layer.SimpleRecurrent;
import io.norma.kernel.layer.Sin;
import io.norma.kernel.layer.Sinh;
import io.norma.kernel.layer.Size;
import io.norma.kernel.layer.Softmax;
import io.norma.kernel.layer.SoftmaxAxis;
import io.norma.kernel.layer.Softplus;
import io.norma.kernel.layer.Softsign;
import io.norma.kernel.layer.SpaceToDepth;
import io.norma.kernel.layer.Sqrt;
import io.norma.kernel.layer.Squeeze;
import io.norma.kernel.layer.Subtract;
import io.norma.kernel.layer.Sum;
import io.norma.kernel.layer.SwiGlu;
import io.norma.kernel.layer.Swish;
import io.norma.kernel.layer.Tan;
import io.norma.kernel.layer.Tanh;
import io.norma.kernel.layer.TensorScatter;
import io.norma.kernel.layer.ThresholdedRelu;
import io.norma.kernel.layer.Tile;
import io.norma.kernel.layer.TopK;
import io.norma.kernel.layer.Transpose;
import io.norma.kernel.layer.TransposedConvolution;
import io.norma.kernel.layer.Trilu;
import io.norma.kernel.layer.Unsqueeze;
import io.norma.kernel.layer.Where;
import io.norma.kernel.layer.Xor;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table of operators of ONNX's default domain: each with the versions of its definition that
 * are understood and the layer it becomes. Adding an operator is one line.
 *
 * <p>An operator's version is the operator set in which its definition last changed; versions here
 * are the ones whose meaning the layer has been checked against ("Operators.md" and "Changelog.md"
 * of ONNX).
 */
final class OnnxOperators {
  /** Newest operator set of the default domain whose definitions the table covers. */
  static final int NEWEST_OPERATOR_SET = 28;

  /** Makes a layer from a node's attributes. */
  @FunctionalInterface
  interface LayerFactory {
    Layer create(Attributes attributes);
  }

  /**
   * @param versions every version of the operator's definition, oldest first, that the factory
   *     understands
   */
  record Operator(int[] versions, LayerFactory factory) {
    /**
     * The version in force under an operator set: the greatest that is not above it, or 0 if the
     * operator came later or its older definitions are not understood.
     */
    int versionUnder(long operatorSet) {
      int inForce = 0;
      for (int version : versions) {
        if (version <= operatorSet) {
          inForce = version;
        }
      }
      return inForce;
    }
  }

  // One line per operator: name, factory, versions. Alphabetical.
  private static final Map<String, Operator> OPERATORS =
      Map.ofEntries(
          operator("Abs", a -> new Absolute(), 1, 6, 13),
          operator("Acos", a -> new Acos(), 7, 22),
          operator("Acosh", a -> new Acosh(), 9, 22),
          operator("Add", a -> new Add(), 7, 13, 14),
          operator("AffineGrid", a -> new AffineGrid(a.flag("align_corners", false)), 20),
          operator("And", a -> new And(), 7),
          operator("ArgMax", a -> LayerFactories.argExtreme(a, true), 1, 11, 12, 13),
          operator("ArgMin", a -> LayerFactories.argExtreme(a, false), 1, 11, 12, 13),
          operator("Asin", a -> new Asin(), 7, 22),
          operator("Asinh", a -> new Asinh(), 9, 22),
          operator("Atan", a -> new Atan(), 7, 22),
          operator("Atanh", a -> new Atanh(), 9, 22),
          operator(
              "AveragePool",
              a ->
                  new AveragePool(
                      Windows.window(a),
                      a.flag("ceil_mode", false),
                      a.flag("count_include_pad", false)),
              7,
              10,
              11,
              19,
              22),
          operator("BatchNormalization", OnnxOperators::batchNormalization, 1, 6, 7, 9, 14, 15),
          operator("BitShift", a -> BitShift.of(a.string("direction", "")), 11, 28),
          operator("BitwiseAnd", a -> new BitwiseAnd(), 18),
          operator("BitwiseNot", a -> new BitwiseNot(), 18),
          operator("BitwiseOr", a -> new BitwiseOr(), 18),
          operator("BitwiseXor", a -> new BitwiseXor(), 18),
          operator("Cast", LayerFactories::cast, 6, 9, 13, 19, 21, 23, 24, 25, 28),
          operator("CastLike", a -> new CastLike(), 15, 19, 21, 23, 24, 25),
          operator("Ceil", a -> new Ceil(), 1, 6, 13),
          operator("Celu", a -> new Celu(a.real("alpha", 1)), 12, 28),
          operator(
              "CenterCropPad", a -> new CenterCropPad(Windows.orEmpty(a.integers("axes"))), 18),
          operator("Clip", LayerFactories::clip, 1, 6, 11, 12, 13),
          operator("Col2Im", a -> new Fold(Windows.window(a)), 18),
          operator("Compress", a -> new Compress(a.optionalInteger("axis")), 9, 11, 28),
          operator("Concat", a -> new Concat(a.integer("axis", 1)), 1, 4, 11, 13),
          operator("ConstantOfShape", LayerFactories::constantOfShape, 9, 20, 21, 23, 24, 25),
          operator(
              "Conv", a -> new Convolution(Windows.window(a), a.integer("group", 1)), 1, 11, 22),
          operator("ConvTranspose", OnnxOperators::transposedConvolution, 1, 11, 22),
          operator("Cos", a -> new Cos(), 7, 22),
          operator("Cosh", a -> new Cosh(), 9, 22),
          operator(
              "CumProd",
              a -> new CumulativeProduct(a.flag("exclusive", false), a.flag("reverse", false)),
              26),
          operator(
              "CumSum",
              a -> new CumulativeSum(a.flag("exclusive", false), a.flag("reverse", false)),
              11,
              14),
          operator(
              "DepthToSpace",
              a -> DepthToSpace.of(a.integer("blocksize", 0), a.string("mode", "DCR")),
              1,
              11,
              13,
              28),
          operator("Det", a -> new Determinant(), 11, 22),
          operator("Div", a -> new Divide(), 7, 13, 14),
          operator("Dropout", LayerFactories::dropout, 7, 10, 12, 13, 22),
          operator("Einsum", a -> new Einsum(a.string("equation", "")), 12, 28),
          operator("Elu", a -> new Elu(a.real("alpha", 1)), 1, 6, 22),
          operator("Equal", a -> new Equal(), 7, 11, 13, 19),
          operator("Erf", a -> new Erf(), 9, 13),
          operator("Exp", a -> new Exp(), 1, 6, 13),
          operator("Expand", a -> new Expand(), 8, 13),
          operator("EyeLike", LayerFactories::eyeLike, 9, 22),
          operator("Flatten", a -> new Flatten(a.integer("axis", 1)), 1, 9, 11, 13, 21, 23, 24, 25),
          operator("Floor", a -> new Floor(), 1, 6, 13),
          operator(
              "GRU",
              a ->
                  new Gru(
                      Recurrences.recurrence(a, "Sigmoid", "Tanh"),
                      a.flag("linear_before_reset", false)),
              7,
              14,
              22),
          operator("Gather", a -> new Gather(a.integer("axis", 0)), 1, 11, 13),
          operator("GatherElements", a -> new GatherElements(a.integer("axis", 0)), 11, 13),
          operator("GatherND", a -> new GatherNd(a.integer("batch_dims", 0)), 11, 12, 13),
          operator("Gelu", a -> Gelu.of(a.string("approximate", "none")), 20),
          operator(
              "Gemm",
              a ->
                  new Dense(
                      a.real("alpha", 1),
                      a.real("beta", 1),
                      a.flag("transA", false),
                      a.flag("transB", false)),
              7,
              9,
              11,
              13),
          operator("GlobalAveragePool", a -> new GlobalAveragePool(), 1, 22),
          operator("GlobalLpPool", a -> new GlobalLpPool(a.integer("p", 2)), 2, 22),
          operator("GlobalMaxPool", a -> new GlobalMaxPool(), 1, 22),
          operator("Greater", a -> new Greater(), 7, 9, 13),
          operator("GreaterOrEqual", a -> new GreaterOrEqual(), 12, 16),
          operator("GridSample", Resamplings::gridSample, 16, 20, 22),
          operator(
              "GroupNormalization",
              a ->
                  new GroupNormalization(
                      a.integer("num_groups", 0), a.real("epsilon", 1e-5f), a.operatorSet() < 21),
              18,
              21),
          operator(
              "HardSigmoid",
              a -> new HardSigmoid(a.real("alpha", 0.2f), a.real("beta", 0.5f)),
              1,
              6,
              22),
          operator("HardSwish", a -> new HardSwish(), 14, 22),
          operator("Hardmax", a -> new Hardmax(softmaxAxis(a)), 1, 11, 13),
          operator("Identity", a -> new Identity(), 1, 13, 14, 16, 19, 21, 23, 24, 25),
          operator(
              "InstanceNormalization",
              a -> GroupNormalization.perChannel(a.real("epsilon", 1e-5f)),
              6,
              22),
          operator(
              "IsInf",
              a -> new IsInfinite(a.flag("detect_positive", true), a.flag("detect_negative", true)),
              10,
              20),
          operator("IsNaN", a -> new IsNaN(), 9, 13, 20),
          operator(
              "LRN",
              a ->
                  new LocalResponseNormalization(
                      a.integer("size", 0),
                      a.real("alpha", 1e-4f),
                      a.real("beta", 0.75f),
                      a.real("bias", 1)),
              1,
              13),
          operator(
              "LSTM",
              a ->
                  new Lstm(
                      Recurrences.recurrence(a, "Sigmoid", "Tanh", "Tanh"),
                      a.flag("input_forget", false)),
              7,
              14,
              22),
          operator(
              "LayerNormalization",
              a -> new LayerNormalization(a.integer("axis", -1), a.real("epsilon", 1e-5f)),
              17),
          operator("LeakyRelu", a -> new LeakyRelu(a.real("alpha", 0.01f)), 1, 6, 16),
          operator("Less", a -> new Less(), 7, 9, 13),
          operator("LessOrEqual", a -> new LessOrEqual(), 12, 16),
          operator("Log", a -> new Log(), 1, 6, 13),
          operator("LogSoftmax", a -> new LogSoftmax(softmaxAxis(a)), 1, 11, 13),
          operator(
              "LpNormalization",
              a -> new LpNormalization(a.integer("axis", -1), a.integer("p", 2)),
              1,
              22),
          operator(
              "LpPool",
              a -> new LpPool(Windows.window(a), a.flag("ceil_mode", false), a.integer("p", 2)),
              2,
              11,
              18,
              22),
          operator("MatMul", a -> new MatMul(), 1, 9, 13),
          operator("Max", a -> new Maximum(), 1, 6, 8, 12, 13),
          operator(
              "MaxPool",
              a ->
                  new MaxPool(
                      Windows.window(a),
                      a.flag("ceil_mode", false),
                      a.hasOutput(1),
                      a.flag("storage_order", false)),
              1,
              8,
              10,
              11,
              12,
              22),
          operator("MaxUnpool", a -> new MaxUnpool(Windows.window(a)), 9, 11, 22),
          operator("Mean", a -> new Mean(), 1, 6, 8, 13),
          operator("MeanVarianceNormalization", OnnxOperators::meanVarianceNormalization, 9, 13),
          operator("Min", a -> new Minimum(), 1, 6, 8, 12, 13),
          operator("Mish", a -> new Mish(), 18, 22),
          operator("Mod", a -> new Modulo(a.flag("fmod", false)), 10, 13, 28),
          operator("Mul", a -> new Multiply(), 7, 13, 14),
          operator("Neg", a -> new Negate(), 1, 6, 13),
          operator("NonZero", a -> new NonZero(), 9, 13),
          operator("Not", a -> new Not(), 1),
          operator("OneHot", a -> new OneHot(a.integer("axis", -1)), 9, 11, 28),
          operator("Or", a -> new Or(), 7),
          operator("PRelu", a -> new PRelu(), 7, 9, 16),
          operator("Pad", LayerFactories::pad, 2, 11, 13, 18, 19, 21, 23, 24, 25),
          operator("Pow", a -> new Power(), 7, 12, 13, 15),
          operator(
              "RMSNormalization",
              a -> new RmsNormalization(a.integer("axis", -1), a.real("epsilon", 1e-5f)),
              23),
          operator("RNN", a -> new SimpleRecurrent(Recurrences.recurrence(a, "Tanh")), 7, 14, 22),
          operator("Range", a -> new Range(), 11, 27),
          operator("Reciprocal", a -> new Reciprocal(), 1, 6, 13),
          operator("ReduceL1", a -> LayerFactories.reduction(a, ReductionKind.L1), 1, 11, 13, 18),
          operator("ReduceL2", a -> LayerFactories.reduction(a, ReductionKind.L2), 1, 11, 13, 18),
          operator(
              "ReduceLogSum",
              a -> LayerFactories.reduction(a, ReductionKind.LOG_SUM),
              1,
              11,
              13,
              18,
              28),
          operator(
              "ReduceLogSumExp",
              a -> LayerFactories.reduction(a, ReductionKind.LOG_SUM_EXP),
              1,
              11,
              13,
              18,
              28),
          operator(
              "ReduceMax",
              a -> LayerFactories.reduction(a, ReductionKind.MAXIMUM),
              1,
              11,
              12,
              13,
              18,
              20),
          operator(
              "ReduceMean", a -> LayerFactories.reduction(a, ReductionKind.MEAN), 1, 11, 13, 18),
          operator(
              "ReduceMin",
              a -> LayerFactories.reduction(a, ReductionKind.MINIMUM),
              1,
              11,
              12,
              13,
              18,
              20),
          operator(
              "ReduceProd", a -> LayerFactories.reduction(a, ReductionKind.PRODUCT), 1, 11, 13, 18),
          operator("ReduceSum", a -> LayerFactories.reduction(a, ReductionKind.SUM), 1, 11, 13),
          operator(
              "ReduceSumSquare",
              a -> LayerFactories.reduction(a, ReductionKind.SUM_SQUARE),
              1,
              11,
              13,
              18),
          operator("Relu", a -> new Relu(), 1, 6, 13, 14),
          operator(
              "Reshape",
              a -> new Reshape(a.integers("shape"), a.flag("allowzero", false)),
              1,
              5,
              13,
              14,
              19,
              21,
              23,
              24,
              25),
          operator("Resize", Resamplings::resize, 10, 11, 13, 18, 19),
          operator(
              "ReverseSequence",
              a -> new ReverseSequence(a.integer("batch_axis", 1), a.integer("time_axis", 0)),
              10,
              28),
          operator("Round", a -> new Round(), 11, 22),
          operator(
              "Scatter",
              a -> new ScatterElements(a.integer("axis", 0), ScatterReduction.NONE),
              9,
              11),
          operator(
              "ScatterElements",
              a -> new ScatterElements(a.integer("axis", 0), LayerFactories.scatterReduction(a)),
              11,
              13,
              16,
              18),
          operator(
              "ScatterND", a -> new ScatterNd(LayerFactories.scatterReduction(a)), 11, 13, 16, 18),
          operator("Selu", LayerFactories::selu, 1, 6, 22),
          operator(
              "Shape",
              a -> new ShapeOf(a.integer("start", 0), a.optionalInteger("end")),
              1,
              13,
              15,
              19,
              21,
              23,
              24,
              25),
          operator("Shrink", a -> new Shrink(a.real("lambd", 0.5f), a.real("bias", 0)), 9),
          operator("Sigmoid", a -> new Sigmoid(), 1, 6, 13),
          operator("Sign", a -> new Sign(), 9, 13),
          operator("Sin", a -> new Sin(), 7, 22),
          operator("Sinh", a -> new Sinh(), 9, 22),
          operator("Size", a -> new Size(), 1, 13, 19, 21, 23, 24, 25),
          operator("Slice", LayerFactories::slice, 1, 10, 11, 13),
          operator("Softmax", a -> new Softmax(softmaxAxis(a)), 1, 11, 13),
          operator("Softplus", a -> new Softplus(), 1, 22),
          operator("Softsign", a -> new Softsign(), 1, 22),
          operator("SpaceToDepth", a -> new SpaceToDepth(a.integer("blocksize", 0)), 1, 13, 28),
          operator("Split", LayerFactories::split, 2, 11, 13, 18),
          operator("Sqrt", a -> new Sqrt(), 1, 6, 13),
          operator("Squeeze", a -> new Squeeze(a.integers("axes")), 1, 11, 13, 21, 23, 24, 25),
          operator("Sub", a -> new Subtract(), 7, 13, 14),
          operator("Sum", a -> new Sum(), 1, 6, 8, 13),
          operator("SwiGLU", a -> new SwiGlu(a.real("alpha", 1)), 28),
          operator("Swish", a -> new Swish(a.real("alpha", 1)), 24),
          operator("Tan", a -> new Tan(), 7, 22),
          operator("Tanh", a -> new Tanh(), 1, 6, 13),
          operator(
              "TensorScatter",
              a -> TensorScatter.of(a.integer("axis", -2), a.string("mode", "linear")),
              24),
          operator("ThresholdedRelu", a -> new ThresholdedRelu(a.real("alpha", 1)), 10, 22),
          operator("Tile", a -> new Tile(), 6, 13),
          operator(
              "TopK",
              a -> new TopK(a.optionalInteger("k"), a.integer("axis", -1), a.flag("largest", true)),
              1,
              10,
              11,
              24),
          operator("Transpose", a -> new Transpose(a.integers("perm")), 1, 13, 21, 23, 24, 25),
          operator("Trilu", a -> new Trilu(a.flag("upper", true)), 14),
          operator("Unsqueeze", a -> new Unsqueeze(a.integers("axes")), 1, 11, 13, 21, 23, 24, 25),
          operator("Upsample", Resamplings::upsample, 7, 9),
          operator("Where", a -> new Where(), 9, 16),
          operator("Xor", a -> new Xor(), 7));

  private OnnxOperators() {}

  /** Every operator that has a line. */
  static Set<String> names() {
    return OPERATORS.keySet();
  }

  static @Nullable Operator find(String name) {
    return OPERATORS.get(name);
  }

  private static BatchNormalization batchNormalization(Attributes attributes) {
    if (attributes.operatorSet() < 7 && !attributes.flag("is_test", false)) {
      throw new IllegalArgumentException(
          "is_test is 0, training by operator set "
              + attributes.operatorSet()
              + ", which is not supported; export the model for inference");
    }
    if (!attributes.flag("spatial", true)) {
      throw new IllegalArgumentException(
          "spatial = 0, statistics per activation, is not supported; export with operator set 9 or"
              + " later");
    }
    return new BatchNormalization(
        attributes.real("epsilon", 1e-5f),
        attributes.real("momentum", 0.9f),
        attributes.flag("training_mode", false));
  }

  private static Layer meanVarianceNormalization(Attributes attributes) {
    int[] axes = attributes.integers("axes");
    return new MeanVarianceNormalization(axes == null ? new int[] {0, 2, 3} : axes);
  }

  private static Layer transposedConvolution(Attributes attributes) {
    int[] outputShape = Windows.orEmpty(attributes.integers("output_shape"));
    if (attributes.operatorSet() < 11 && outputShape.length > 0) {
      throw new IllegalArgumentException(
          "operator sets before 11 contradict themselves on the pads that 'output_shape' gives;"
              + " convert the model to operator set 11 or newer");
    }
    return new TransposedConvolution(
        Windows.window(attributes),
        attributes.integer("group", 1),
        Windows.orEmpty(attributes.integers("output_padding")),
        outputShape);
  }

  private static SoftmaxAxis softmaxAxis(Attributes attributes) {
    boolean flattens = attributes.operatorSet() < 13;
    return new SoftmaxAxis(attributes.integer("axis", flattens ? 1 : -1), flattens);
  }

  private static Map.Entry<String, Operator> operator(
      String name, LayerFactory factory, int... versions) {
    return entry(name, new Operator(versions, factory));
  }
}
