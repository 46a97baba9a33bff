package io.norma.onnx.operators;

import static io.norma.onnx.operators.Operator.operator;

import io.norma.kernel.layer.CastLike;
import io.norma.kernel.layer.CenterCropPad;
import io.norma.kernel.layer.Compress;
import io.norma.kernel.layer.Concat;
import io.norma.kernel.layer.CumulativeProduct;
import io.norma.kernel.layer.CumulativeSum;
import io.norma.kernel.layer.DepthToSpace;
import io.norma.kernel.layer.Expand;
import io.norma.kernel.layer.Flatten;
import io.norma.kernel.layer.Gather;
import io.norma.kernel.layer.GatherElements;
import io.norma.kernel.layer.GatherNd;
import io.norma.kernel.layer.Identity;
import io.norma.kernel.layer.NonZero;
import io.norma.kernel.layer.OneHot;
import io.norma.kernel.layer.Range;
import io.norma.kernel.layer.Reshape;
import io.norma.kernel.layer.ReverseSequence;
import io.norma.kernel.layer.ScatterElements;
import io.norma.kernel.layer.ScatterNd;
import io.norma.kernel.layer.ShapeOf;
import io.norma.kernel.layer.Size;
import io.norma.kernel.layer.SpaceToDepth;
import io.norma.kernel.layer.Squeeze;
import io.norma.kernel.layer.TensorScatter;
import io.norma.kernel.layer.Tile;
import io.norma.kernel.layer.TopK;
import io.norma.kernel.layer.Transpose;
import io.norma.kernel.layer.Trilu;
import io.norma.kernel.layer.Unsqueeze;
import io.norma.kernel.layer.Where;
import io.norma.kernel.layer.support.ReductionKind;
import io.norma.kernel.layer.support.ScatterReduction;
import java.util.Map;

/** Operators that reduce tensors, move their elements, or read and make shapes. */
final class TensorOperators {
  // One line per operator: name, factory, versions. Alphabetical.
  static final Map<String, Operator> ALL =
      Map.ofEntries(
          operator("ArgMax", a -> LayerFactories.argExtreme(a, true), 1, 11, 12, 13),
          operator("ArgMin", a -> LayerFactories.argExtreme(a, false), 1, 11, 12, 13),
          operator("Cast", LayerFactories::cast, 6, 9, 13, 19, 21, 23, 24, 25, 28),
          operator("CastLike", a -> new CastLike(), 15, 19, 21, 23, 24, 25),
          operator(
              "CenterCropPad", a -> new CenterCropPad(Windows.orEmpty(a.integers("axes"))), 18),
          operator("Compress", a -> new Compress(a.optionalInteger("axis")), 9, 11, 28),
          operator("Concat", a -> new Concat(a.integer("axis", 1)), 1, 4, 11, 13),
          operator("ConstantOfShape", LayerFactories::constantOfShape, 9, 20, 21, 23, 24, 25),
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
          operator("Expand", a -> new Expand(), 8, 13),
          operator("EyeLike", LayerFactories::eyeLike, 9, 22),
          operator("Flatten", a -> new Flatten(a.integer("axis", 1)), 1, 9, 11, 13, 21, 23, 24, 25),
          operator("Gather", a -> new Gather(a.integer("axis", 0)), 1, 11, 13),
          operator("GatherElements", a -> new GatherElements(a.integer("axis", 0)), 11, 13),
          operator("GatherND", a -> new GatherNd(a.integer("batch_dims", 0)), 11, 12, 13),
          operator("Identity", a -> new Identity(), 1, 13, 14, 16, 19, 21, 23, 24, 25),
          operator("NonZero", a -> new NonZero(), 9, 13),
          operator("OneHot", a -> new OneHot(a.integer("axis", -1)), 9, 11, 28),
          operator("Pad", LayerFactories::pad, 2, 11, 13, 18, 19, 21, 23, 24, 25),
          operator("Range", a -> new Range(), 11, 27),
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
          operator(
              "ReverseSequence",
              a -> new ReverseSequence(a.integer("batch_axis", 1), a.integer("time_axis", 0)),
              10,
              28),
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
          operator("Size", a -> new Size(), 1, 13, 19, 21, 23, 24, 25),
          operator("Slice", LayerFactories::slice, 1, 10, 11, 13),
          operator("SpaceToDepth", a -> new SpaceToDepth(a.integer("blocksize", 0)), 1, 13, 28),
          operator("Split", LayerFactories::split, 2, 11, 13, 18),
          operator("Squeeze", a -> new Squeeze(a.integers("axes")), 1, 11, 13, 21, 23, 24, 25),
          operator(
              "TensorScatter",
              a -> TensorScatter.of(a.integer("axis", -2), a.string("mode", "linear")),
              24),
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
          operator("Where", a -> new Where(), 9, 16));

  private TensorOperators() {}
}
