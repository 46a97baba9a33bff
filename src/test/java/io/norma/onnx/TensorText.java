package io.norma.onnx;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tensors as tests write them: the data type, the extents, the elements in row-major order, as in
 * {@code FP32[2,3]: 0 1 2 3 4.5 nan}.
 */
final class TensorText {
  private static final Pattern FORM = Pattern.compile("(\\w+)\\[([\\d,]*)]:(.*)");

  private TensorText() {}

  static Tensor parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("no tensor: " + text);
    }
    DataType dataType = DataType.valueOf(parts.group(1));
    int[] extents = Arrays.stream(words(parts.group(2), ",")).mapToInt(Integer::parseInt).toArray();
    String[] elements = words(parts.group(3).strip(), " ");
    Tensor tensor = Tensor.zeros(dataType, Shape.of(extents));
    if (elements.length != tensor.size()) {
      throw new IllegalArgumentException(
          "%d elements for %d: %s".formatted(elements.length, tensor.size(), text));
    }
    for (int i = 0; i < elements.length; i++) {
      if (dataType.isFloatingPoint()) {
        tensor.setDouble(i, real(elements[i]));
      } else {
        tensor.setLong(i, Long.parseLong(elements[i]));
      }
    }
    return tensor;
  }

  private static String[] words(String text, String separator) {
    return text.isEmpty() ? new String[0] : text.split(separator, -1);
  }

  private static double real(String element) {
    return switch (element) {
      case "nan" -> Double.NaN;
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(element);
    };
  }
}
