package io.norma.onnx.operators;

import static io.norma.onnx.operators.Operator.operator;

import io.norma.kernel.layer.AffineGrid;
import io.norma.kernel.layer.AveragePool;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Determinant;
import io.norma.kernel.layer.Einsum;
import io.norma.kernel.layer.Fold;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.GlobalLpPool;
import io.norma.kernel.layer.GlobalMaxPool;
import io.norma.kernel.layer.Gru;
import io.norma.kernel.layer.Hardmax;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.LogSoftmax;
import io.norma.kernel.layer.LpPool;
import io.norma.kernel.layer.Lstm;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.MaxUnpool;
import io.norma.kernel.layer.NonMaxSuppression;
import io.norma.kernel.layer.RoiAlign;
import io.norma.kernel.layer.SimpleRecurrent;
import io.norma.kernel.layer.Softmax;
import io.norma.kernel.layer.TransposedConvolution;
import io.norma.kernel.layer.support.SoftmaxAxis;
import io.norma.kernel.normalization.BatchNormalization;
import io.norma.kernel.normalization.GroupNormalization;
import io.norma.kernel.normalization.LayerNormalization;
import io.norma.kernel.normalization.LocalResponseNormalization;
import io.norma.kernel.normalization.LpNormalization;
import io.norma.kernel.normalization.MeanVarianceNormalization;
import io.norma.kernel.normalization.RmsNormalization;
import java.util.Map;
import java.util.Set;

/**
 * Operators that are layers of neural networks: convolutions, products, poolings, normalizations,
 * softmaxes, recurrences, resampling.
 */
final class LayerOperators {
  // One line per operator: name, factory, versions. Alphabetical.
  static final Map<String, Operator> ALL =
      Map.ofEntries(
          operator("AffineGrid", a -> new AffineGrid(a.flag("align_corners", false)), 20),
          operator(
              "AveragePool",
              a ->
                  new AveragePool(
                      Windows.window(a),
                      a.flag("ceil_mode", false),
                      a.flag("count_include_pad", false)),
              1,
              7,
              10,
              11,
              19,
              22),
          operator("BatchNormalization", LayerOperators::batchNormalization, 1, 6, 7, 9, 14, 15),
          operator("Col2Im", a -> new Fold(Windows.window(a)), 18),
          operator(
              "Conv", a -> new Convolution(Windows.window(a), a.integer("group", 1)), 1, 11, 22),
          operator("ConvTranspose", LayerOperators::transposedConvolution, 1, 11, 22),
          operator("Det", a -> new Determinant(), 11, 22),
          operator("Dropout", LayerFactories::dropout, 7, 10, 12, 13, 22),
          operator("Einsum", a -> new Einsum(a.string("equation", "")), 12, 28),
          operator(
              "GRU",
              a ->
                  new Gru(
                      Recurrences.recurrence(a, "Sigmoid", "Tanh"),
                      a.flag("linear_before_reset", false)),
              7,
              14,
              22),
          operator("Gemm", LayerFactories::dense, 1, 6, 7, 9, 11, 13),
          operator("GlobalAveragePool", a -> new GlobalAveragePool(), 1, 22),
          operator("GlobalLpPool", a -> new GlobalLpPool(a.integer("p", 2)), 2, 22),
          operator("GlobalMaxPool", a -> new GlobalMaxPool(), 1, 22),
          operator("GridSample", Resamplings::gridSample, 16, 20, 22),
          operator(
              "GroupNormalization",
              a ->
                  new GroupNormalization(
                      a.integer("num_groups", 0), a.real("epsilon", 1e-5f), a.operatorSet() < 21),
              18,
              21),
          operator("Hardmax", a -> new Hardmax(softmaxAxis(a)), 1, 11, 13),
          operator(
              "InstanceNormalization",
              a -> GroupNormalization.perChannel(a.real("epsilon", 1e-5f)),
              6,
              22),
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
          operator("MeanVarianceNormalization", LayerOperators::meanVarianceNormalization, 9, 13),
          operator(
              "NonMaxSuppression",
              a -> new NonMaxSuppression(a.flag("center_point_box", false)),
              10,
              11),
          operator(
              "RMSNormalization",
              a -> new RmsNormalization(a.integer("axis", -1), a.real("epsilon", 1e-5f)),
              23),
          operator("RNN", a -> new SimpleRecurrent(Recurrences.recurrence(a, "Tanh")), 7, 14, 22),
          operator("Resize", Resamplings::resize, 10, 11, 13, 18, 19),
          operator("RoiAlign", LayerOperators::roiAlign, 10, 16, 22),
          operator("Softmax", a -> new Softmax(softmaxAxis(a)), 1, 11, 13),
          operator("Upsample", Resamplings::upsample, 7, 9));

  private LayerOperators() {}

  private static BatchNormalization batchNormalization(Attributes attributes) {
    if (attributes.operatorSet() < 7 && !attributes.flag("is_test", false)) {
      throw new IllegalArgumentException(
          "is_test is 0, training by operator set "
              + attributes.operatorSet()
              + ", which is not supported; export the model for inference");
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

  private static Layer roiAlign(Attributes attributes) {
    // Before operator set 16 there was no attribute, and no shift.
    String mode =
        attributes.string(
            "coordinate_transformation_mode",
            attributes.operatorSet() < 16 ? "output_half_pixel" : "half_pixel");
    String pooling = attributes.string("mode", "avg");
    if (!Set.of("half_pixel", "output_half_pixel").contains(mode)
        || !Set.of("avg", "max").contains(pooling)) {
      throw new IllegalArgumentException(
          "coordinate_transformation_mode must be half_pixel or output_half_pixel and mode avg or"
              + " max, but they are %s and %s".formatted(mode, pooling));
    }
    return new RoiAlign(
        attributes.integer("output_height", 1),
        attributes.integer("output_width", 1),
        attributes.integer("sampling_ratio", 0),
        attributes.real("spatial_scale", 1),
        mode.equals("half_pixel"),
        pooling.equals("max"));
  }

  private static SoftmaxAxis softmaxAxis(Attributes attributes) {
    boolean flattens = attributes.operatorSet() < 13;
    return new SoftmaxAxis(attributes.integer("axis", flattens ? 1 : -1), flattens);
  }
}
