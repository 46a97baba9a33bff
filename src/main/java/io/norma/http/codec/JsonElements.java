package io.norma.http.codec;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import java.math.BigInteger;
import java.util.Arrays;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads a tensor's elements from JSON, flat in row-major order or nested as the shape says,
 * straight into the array that will back it.
 */
final class JsonElements {
  private static final BigInteger UINT64_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  private final String name;
  private final String field;
  private final DataType dataType;
  private Object array;
  private int capacity;
  private int count;
  private final Nesting nesting = new Nesting();
  private final RequestMemory memory = RequestMemory.current();

  private JsonElements(String name, String field, DataType dataType, int capacity) {
    this.name = name;
    this.field = field;
    this.dataType = dataType;
    this.capacity = capacity;
    memory.take(bytes(capacity));
    array = dataType.newArray(capacity);
  }

  /**
   * Reads from the array that the parser stands at.
   *
   * @param path of the tensor in the request
   * @param most elements that what is left of the body can hold
   * @throws ServingException.InvalidField if an element does not fit the data type, or the number
   *     or nesting of the elements the shape
   */
  static Tensor read(
      JsonParser parser, String name, String path, DataType dataType, Shape shape, int most) {
    String field = path + ".data";
    Json.requireStart(parser, JsonToken.START_ARRAY, field);
    JsonElements elements = new JsonElements(name, field, dataType, Math.min(shape.size(), most));
    elements.array(parser, 0);
    return elements.tensor(shape);
  }

  private void array(JsonParser parser, int depth) {
    long length = 0;
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
      if (count == capacity) {
        grow();
      }
      if (dataType == DataType.FP32 && token.isNumeric()) {
        float value = parser.getFloatValue();
        if (Float.isInfinite(value)) {
          throw unfit(Json.described(parser));
        }
        ((float[]) array)[count++] = value;
      } else {
        element(parser, token);
      }
    }
    if (!nesting.end(depth, length)) {
      throw ragged();
    }
  }

  private void element(JsonParser parser, JsonToken token) {
    Tensor tensor = Tensor.of(dataType, Shape.of(1), array, count);
    switch (dataType) {
      case FP32, FP64 -> tensor.setDouble(0, real(parser, token));
      case BOOL -> tensor.setLong(0, truth(parser, token));
      case UINT64 -> tensor.setLong(0, unsigned64(parser, token));
      default -> tensor.setLong(0, integer(parser, token));
    }
    count++;
  }

  private double real(JsonParser parser, JsonToken token) {
    if (token.isNumeric()) {
      double value = parser.getDoubleValue();
      if (Double.isInfinite(value)) {
        throw unfit(Json.described(parser));
      }
      return value;
    }
    if (token == JsonToken.VALUE_STRING) {
      return switch (parser.getString()) {
        case "NaN" -> Double.NaN;
        case "Infinity" -> Double.POSITIVE_INFINITY;
        case "-Infinity" -> Double.NEGATIVE_INFINITY;
        default -> throw unfit(Json.described(parser));
      };
    }
    throw unfit(Json.described(parser));
  }

  private long truth(JsonParser parser, JsonToken token) {
    if (token == JsonToken.VALUE_TRUE) {
      return 1;
    }
    if (token == JsonToken.VALUE_FALSE) {
      return 0;
    }
    // Some clients write truth values as numbers.
    if (token == JsonToken.VALUE_NUMBER_INT
        && (parser.getString().equals("0") || parser.getString().equals("1"))) {
      return parser.getIntValue();
    }
    throw unfit(Json.described(parser));
  }

  private long unsigned64(JsonParser parser, JsonToken token) {
    if (token == JsonToken.VALUE_NUMBER_INT) {
      BigInteger value = parser.getBigIntegerValue();
      if (value.signum() >= 0 && value.compareTo(UINT64_MAX) <= 0) {
        return value.longValue();
      }
    }
    throw unfit(Json.described(parser));
  }

  private long integer(JsonParser parser, JsonToken token) {
    if (token == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      long value = parser.getLongValue();
      int bits = 8 * dataType.bytes();
      long least = dataType.isUnsigned() ? 0 : Long.MIN_VALUE >> (64 - bits);
      long most = dataType.isUnsigned() ? (1L << bits) - 1 : Long.MAX_VALUE >> (64 - bits);
      if (value >= least && value <= most) {
        return value;
      }
    }
    throw unfit(Json.described(parser));
  }

  private void grow() {
    long before = bytes(capacity);
    capacity = (int) Math.min(Math.max(16L, 2L * capacity), Integer.MAX_VALUE - 8);
    memory.take(bytes(capacity));
    Object grown = dataType.newArray(capacity);
    System.arraycopy(array, 0, grown, 0, count);
    array = grown;
    memory.drop(before);
  }

  private long bytes(int elements) {
    return (long) elements * dataType.bytes();
  }

  private Tensor tensor(Shape shape) {
    if (count != shape.size()) {
      throw invalid(
          "tensor '%s' of shape %s needs %d elements, but 'data' has %d"
              .formatted(name, shape, shape.size(), count));
    }
    long[] nested = nesting.shape();
    // Arrays without elements end before the shape does.
    if (nested.length > 1 && count > 0 && !Arrays.equals(nested, shape.toLongs())) {
      throw invalid(
          "tensor '%s' has shape %s, but 'data' is nested as %s; nest it as the shape says, or not"
                  .formatted(name, shape, Arrays.toString(nested))
              + " at all");
    }
    return Tensor.of(dataType, shape, array, 0);
  }

  private ServingException ragged() {
    return invalid("tensor '" + name + "': the arrays in 'data' differ in length or depth");
  }

  private ServingException unfit(String value) {
    return invalid(
        "tensor '%s': element %d of 'data' is no %s: %s".formatted(name, count, dataType, value));
  }

  private ServingException invalid(String message) {
    return new ServingException.InvalidField(field, message);
  }
}
