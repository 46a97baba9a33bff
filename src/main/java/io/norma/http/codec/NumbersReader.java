package io.norma.http.codec;

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
  private final Nesting nesting = new Nesting();

  NumbersReader(String name) {
    this.name = name;
  }

  /** Numbers become FP64, truth values BOOL. */
  Tensor read(JsonParser parser) {
    array(parser, 0);
    Shape shape = Shape.ofLongs(nesting.shape());
    if (truths > 0 && truths < count) {
      throw Json.invalid(name, "mixes numbers with true and false");
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
        if (!nesting.array(depth)) {
          throw ragged();
        }
        array(parser, depth + 1);
        continue;
      }
      if (!nesting.element(depth)) {
        throw ragged();
      }
      if (count == values.length) {
        // The copies that the values end in are as large.
        RequestMemory.current().take(2L * 2 * count * Double.BYTES);
        values = Arrays.copyOf(values, Math.multiplyExact(2, count));
        RequestMemory.current().drop(2L * count * Double.BYTES);
      }
      values[count] = element(parser, token);
      count++;
    }
    if (!nesting.end(depth, length)) {
      throw ragged();
    }
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
    throw Json.invalid(
        name + "[" + count + "]",
        "must be a number, or true or false, but is " + Json.described(parser));
  }

  private ServingException ragged() {
    return Json.invalid(name, "has arrays that differ in length or depth");
  }
}
