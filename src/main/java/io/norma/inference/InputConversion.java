package io.norma.inference;

import io.norma.http.codec.RequestMemory;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import java.util.Set;

/**
 * Makes real numbers of one type those of another, where a request asks for it: to the nearest that
 * the type has, of two as near the even one (IEEE 754, section 4.3.1).
 */
final class InputConversion {
  private static final Set<ElementType> REAL =
      Set.of(ElementType.FP16, ElementType.BF16, ElementType.FP32, ElementType.FP64);

  private InputConversion() {}

  /**
   * Whether a request asks for it.
   *
   * @throws ServingException.InvalidField if the parameter is neither true nor false
   */
  static boolean isWanted(InferenceRequest request) {
    return RequestCheck.truth(request, InferenceRequest.CONVERT_INPUTS);
  }

  static boolean isPossible(ElementType from, ElementType to) {
    return REAL.contains(from) && REAL.contains(to);
  }

  /**
   * The same numbers.
   *
   * @param to what the model declares; those of 16 bits are computed with as FP32
   * @throws ServingException.Invalid if a finite number would become infinite
   */
  static Tensor convert(String input, Tensor tensor, ElementType to) {
    DataType wanted = to.dataType();
    if (tensor.dataType() == wanted) {
      return tensor;
    }
    RequestMemory.current().take((long) tensor.size() * wanted.bytes());
    int size = tensor.size();
    if (wanted == DataType.FP64) {
      double[] wide = new double[size];
      for (int i = 0; i < size; i++) {
        wide[i] = tensor.getDouble(i);
      }
      return Tensor.of(tensor.shape(), wide);
    }
    float[] narrow = new float[size];
    for (int i = 0; i < size; i++) {
      double value = tensor.getDouble(i);
      narrow[i] = (float) value;
      if (Float.isInfinite(narrow[i]) && !Double.isInfinite(value)) {
        throw new ServingException.Invalid(
            "input '%s': element %d is %s, which FP32 does not have: its largest number is %s"
                .formatted(input, i, value, Float.MAX_VALUE));
      }
    }
    return Tensor.of(tensor.shape(), narrow);
  }
}
