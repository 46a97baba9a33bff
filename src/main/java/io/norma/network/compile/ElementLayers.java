package io.norma.network.compile;

import io.norma.kernel.layer.Absolute;
import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Cast;
import io.norma.kernel.layer.Ceil;
import io.norma.kernel.layer.Celu;
import io.norma.kernel.layer.Clip;
import io.norma.kernel.layer.Cos;
import io.norma.kernel.layer.Divide;
import io.norma.kernel.layer.Elu;
import io.norma.kernel.layer.Erf;
import io.norma.kernel.layer.Exp;
import io.norma.kernel.layer.Floor;
import io.norma.kernel.layer.Gelu;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.Log;
import io.norma.kernel.layer.Maximum;
import io.norma.kernel.layer.Mean;
import io.norma.kernel.layer.Minimum;
import io.norma.kernel.layer.Mish;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.NarrowCast;
import io.norma.kernel.layer.Negate;
import io.norma.kernel.layer.Power;
import io.norma.kernel.layer.Reciprocal;
import io.norma.kernel.layer.Round;
import io.norma.kernel.layer.Selu;
import io.norma.kernel.layer.Sign;
import io.norma.kernel.layer.Sin;
import io.norma.kernel.layer.Softplus;
import io.norma.kernel.layer.Softsign;
import io.norma.kernel.layer.Sqrt;
import io.norma.kernel.layer.Subtract;
import io.norma.kernel.layer.Sum;
import io.norma.kernel.layer.ThresholdedRelu;
import io.norma.kernel.layer.Where;

/** Layers that compute each element of their output of the elements at the same place alone. */
final class ElementLayers {
  private ElementLayers() {}

  /** Whether a layer is a function of its first input's elements; others are parameters. */
  static boolean isUnary(Layer layer) {
    return switch (layer) {
      case Absolute _, Cast _, Ceil _, Celu _, Clip _, Cos _, Elu _, Erf _ -> true;
      case Exp _, Floor _, Gelu _, Log _, Mish _, NarrowCast _, Negate _ -> true;
      case Reciprocal _, Round _, Selu _, Sign _, Sin _, Softplus _, Softsign _ -> true;
      case Sqrt _, ThresholdedRelu _ -> true;
      default -> false;
    };
  }

  /** Whether a layer is a function of the elements of operands that broadcast. */
  static boolean isBroadcasting(Layer layer) {
    return switch (layer) {
      case Add _, Divide _, Maximum _, Mean _, Minimum _, Multiply _ -> true;
      case Power _, Subtract _, Sum _, Where _ -> true;
      default -> false;
    };
  }
}
