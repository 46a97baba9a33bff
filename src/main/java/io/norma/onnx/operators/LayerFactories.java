package io.norma.onnx.operators;

import io.norma.kernel.layer.ArgExtreme;
import io.norma.kernel.layer.AxisBroadcast;
import io.norma.kernel.layer.Cast;
import io.norma.kernel.layer.Clip;
import io.norma.kernel.layer.ConstantOfShape;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.Dropout;
import io.norma.kernel.layer.EyeLike;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.NarrowCast;
import io.norma.kernel.layer.PRelu;
import io.norma.kernel.layer.Pad;
import io.norma.kernel.layer.Reduction;
import io.norma.kernel.layer.SameShapes;
import io.norma.kernel.layer.Selu;
import io.norma.kernel.layer.Slice;
import io.norma.kernel.layer.Split;
import io.norma.kernel.layer.UnbroadcastDense;
import io.norma.kernel.layer.support.PadMode;
import io.norma.kernel.layer.support.ReductionKind;
import io.norma.kernel.layer.support.ScatterReduction;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.file.OnnxTensors;

/** Layers whose attributes need more than a line to read. */
final class LayerFactories {
  private LayerFactories() {}

  static Layer argExtreme(Attributes attributes, boolean largest) {
    return new ArgExtreme(
        largest,
        attributes.integer("axis", 0),
        attributes.flag("keepdims", true),
        attributes.flag("select_last_index", false));
  }

  /** A function of two tensors, with the broadcasting of the operator set that a file is of. */
  static Layer binary(Attributes attributes, Layer layer) {
    if (attributes.operatorSet() >= 7) {
      return layer;
    }
    if (!attributes.flag("broadcast", false)) {
      return new SameShapes(layer);
    }
    Integer axis = attributes.optionalInteger("axis");
    // Without an axis the last ones are aligned, as newer operator sets always have it.
    return axis == null ? layer : new AxisBroadcast(layer, axis);
  }

  static Layer cast(Attributes attributes) {
    ElementType to = OnnxTensors.elementType(attributes.integer("to", 0));
    return to.isNarrow() ? new NarrowCast(to) : new Cast(to.dataType());
  }

  static Layer clip(Attributes attributes) {
    if (attributes.operatorSet() >= 11) {
      return new Clip();
    }
    return new Clip(
        attributes.real("min", -Float.MAX_VALUE), attributes.real("max", Float.MAX_VALUE));
  }

  static Layer constantOfShape(Attributes attributes) {
    Tensor value = attributes.tensor("value");
    return value == null ? new ConstantOfShape() : new ConstantOfShape(value);
  }

  static Layer dense(Attributes attributes) {
    Dense dense =
        new Dense(
            attributes.real("alpha", 1),
            attributes.real("beta", 1),
            attributes.flag("transA", false),
            attributes.flag("transB", false));
    boolean broadcasts = attributes.operatorSet() >= 7 || attributes.flag("broadcast", false);
    return broadcasts ? dense : new UnbroadcastDense(dense);
  }

  static Layer dropout(Attributes attributes) {
    return new Dropout(attributes.hasOutput(1), attributes.operatorSet() >= 10);
  }

  static Layer eyeLike(Attributes attributes) {
    Integer dataType = attributes.optionalInteger("dtype");
    return new EyeLike(
        dataType == null ? null : OnnxTensors.dataType(dataType), attributes.integer("k", 0));
  }

  static Layer pad(Attributes attributes) {
    PadMode mode = PadMode.of(attributes.string("mode", "constant"));
    return attributes.operatorSet() >= 11
        ? new Pad(mode)
        : new Pad(mode, attributes.integers("pads"), attributes.real("value", 0));
  }

  /** Before operator set 7 a slope is one per channel, or one for all. */
  static Layer pRelu(Attributes attributes) {
    PRelu rectifier = new PRelu();
    return attributes.operatorSet() >= 7 ? rectifier : new AxisBroadcast(rectifier, 1);
  }

  static Layer reduction(Attributes attributes, ReductionKind kind) {
    return new Reduction(
        kind,
        attributes.integers("axes"),
        attributes.flag("keepdims", true),
        attributes.flag("noop_with_empty_axes", false));
  }

  static ScatterReduction scatterReduction(Attributes attributes) {
    return ScatterReduction.of(attributes.string("reduction", "none"));
  }

  static Layer selu(Attributes attributes) {
    boolean first = attributes.operatorSet() < 6;
    return new Selu(
        attributes.real("alpha", first ? 1.6732f : 1.6732632f),
        attributes.real("gamma", first ? 1.0507f : 1.050701f));
  }

  static Layer slice(Attributes attributes) {
    return new Slice(
        attributes.saturatedIntegers("starts"),
        attributes.saturatedIntegers("ends"),
        attributes.integers("axes"));
  }

  static Layer split(Attributes attributes) {
    int parts = attributes.integer("num_outputs", attributes.outputs());
    return new Split(attributes.integer("axis", 0), attributes.integers("split"), parts);
  }
}
