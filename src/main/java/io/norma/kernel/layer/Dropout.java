package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Dropout at inference: {@code y = x}, and a mask that keeps every element. Nothing of x is copied.
 * Dropping at random, for which a network in training mode asks, is refused.
 *
 * <p>Inputs: x, any type and shape; optionally ratio, one number, and training mode, one BOOL.
 * Outputs: y, the same as x; mask, BOOL or the type of x, the shape of x. Source: Srivastava et al.
 * 2014; ONNX {@code Dropout}.
 *
 * @param mask whether there is a mask
 * @param boolMask whether the mask is BOOL
 */
public record Dropout(boolean mask, boolean boolMask) implements Layer {
  private static final double DEFAULT_RATIO = 0.5;

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor ratio = inputs.optionalScalar(1);
    Tensor training = inputs.optionalScalar(2);
    double share = ratio == null ? DEFAULT_RATIO : ratio.getDouble(0);
    if (training != null && training.getLong(0) != 0 && share != 0) {
      throw new IllegalArgumentException(
          "dropout in training mode drops at random (ratio "
              + share
              + "); export the network in inference mode");
    }
    if (!mask) {
      return List.of(x);
    }
    Tensor kept = memory.allocate(boolMask ? DataType.BOOL : x.dataType(), x.shape());
    for (int i = 0; i < kept.size(); i++) {
      kept.setLong(i, 1);
    }
    return List.of(x, kept);
  }
}
