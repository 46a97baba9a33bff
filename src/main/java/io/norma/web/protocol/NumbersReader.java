package io.norma.web.protocol;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import java.util.Arrays;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Reads an array of numbers, or of truth values, nested evenly or not at all. */
final class NumbersReader {
  private final String name;
  private double[] values = new double[16];
  private int count;
  private int truths;
  private int elementDepth = -1;
  private final int[] lengthAt = new int[Json.MAX_DEPTH + 1];

  NumbersReader(String name) {
    this.name = name;
    Arrays.fill(lengthAt, -1);
  }

  /** Numbers become FP64, truth values BOOL. */
  Tensor read(JsonParser parser) {
    array(parser, 0);
    int rank = Math.max(elementDepth, 0) + 1;
    Shape shape = Shape.of(Arrays.copyOf(lengthAt, rank));
    if (truths > 0 && truths < count) {
      throw invalid("mixes numbers with true and false");
    }
    if (truths == 0) {
      return Tensor.of(shape, Arrays.copyOf(values, count));
    }
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) values[i];
    }
    return Tensor.of(DataType.BOOL, shape, bytes, 0);
  }

  private void array(JsonParser parser, int depth) {
    int length = 0;
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      length++;
      if (token == JsonToken.START_ARRAY) {
        if (elementDepth >= 0 && elementDepth <= depth) {
          throw invalid("its arrays differ in depth");
        }
        array(parser, depth + 1);
        continue;
      }
      if (elementDepth >= 0 && elementDepth != depth) {
        throw invalid("its arrays differ in depth");
      }
      elementDepth = depth;
      if (count == values.length) {
        values = Arrays.copyOf(values, 2 * count);
      }
      values[count++] = element(parser, token);
    }
    if (lengthAt[depth] >= 0 && lengthAt[depth] != length) {
      throw invalid("its arrays differ in length");
    }
    lengthAt[depth] = length;
  }

  private double element(JsonParser parser, JsonToken token) {
    switch (token) {
      case VALUE_TRUE, VALUE_FALSE -> {
        truths++;
        return token == JsonToken.VALUE_TRUE ? 1 : 0;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        double value = parser.getDoubleValue();
        if (Double.isFinite(value)) {
          return value;
        }
      }
      case VALUE_STRING -> {
        switch (parser.getString()) {
          case "NaN", "Infinity", "-Infinity" -> {
            return Double.parseDouble(parser.getString());
          }
          default -> {
            // No number.
          }
        }
      }
      default -> {
        // No number.
      }
    }
    throw invalid("element " + count + " is no number");
  }

  private ServingException invalid(String message) {
    return new ServingException.InvalidField(name, "'" + name + "': " + message);
  }
}
