package io.norma.http.codec;

import io.norma.http.codec.json.BareNumbers;
import io.norma.http.codec.json.FloatArrayParser;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads an array of numbers or truth values, nested evenly or not at all, straight into the array
 * that will back a tensor: its elements where type and shape are known, or an array that is a field
 * by itself, whose type and shape are what is found.
 */
final class JsonElements {
  /** Elements that are read in about a tenth of a millisecond. */
  private static final int TURN = 1 << 12;

  private static final int LEAST_CAPACITY = 16;
  private static final BigInteger UINT64_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  /** The copy that an array of unknown type and length ends in is as large as what was read. */
  private static final int COPIES = 2;

  private final String field;
  private final @Nullable String name;
  private final ElementType type;
  private final DataType dataType;
  private Object array;
  private int capacity;
  private int count;
  private int truths;
  private final Nesting nesting = new Nesting();
  private final RequestMemory memory = RequestMemory.current();

  /**
   * @param name of the tensor, {@code null} where the array is a field by itself
   */
  private JsonElements(String field, @Nullable String name, ElementType type, int capacity) {
    this.field = field;
    this.name = name;
    this.type = type;
    dataType = type.dataType();
    this.capacity = capacity;
    array = dataType.newArray(capacity);
  }

  /**
   * Reads a tensor's elements from the array that the parser stands at.
   *
   * @param path of the tensor in the request
   * @param most elements that what is left of the body can hold
   * @throws ServingException.InvalidField if an element does not fit the data type, or the number
   *     or nesting of the elements the shape
   */
  static Tensor read(
      JsonParser parser, String name, String path, ElementType type, Shape shape, int most) {
    String field = path + ".data";
    Json.requireStart(parser, JsonToken.START_ARRAY, field);
    int capacity = Math.min(shape.size(), most);
    RequestMemory.current().take((long) capacity * type.dataType().bytes());
    JsonElements elements = new JsonElements(field, name, type, capacity);
    elements.array(parser, 0);
    return elements.tensor(shape);
  }

  /**
   * Reads a field from the array that the parser stands at: numbers as FP64, truth values as BOOL.
   *
   * @throws ServingException.InvalidField if there are other elements, or the array is uneven
   */
  static Tensor read(JsonParser parser, String field) {
    JsonElements elements = new JsonElements(field, null, ElementType.FP64, LEAST_CAPACITY);
    elements.array(parser, 0);
    return elements.tensor();
  }

  private void array(JsonParser parser, int depth) {
    long length = floats(parser, depth);
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
      if (array instanceof float[] floats && token.isNumeric()) {
        floats[count] = real32(parser);
      } else if (array instanceof double[] doubles) {
        doubles[count] = real(parser, token);
      } else {
        element(parser, token);
      }
      count++;
      if (count % TURN == 0) {
        giveWay();
      }
    }
    if (!nesting.end(depth, length)) {
      throw ragged();
    }
  }

  /** Reads what of an array can be read at once. */
  private int floats(JsonParser parser, int depth) {
    if (type != ElementType.FP32 || !(parser instanceof FloatArrayParser numbers)) {
      return 0;
    }
    int first = count;
    int read;
    do {
      int turn = Math.min(capacity - count, TURN);
      read = numbers.readFloats((float[]) array, count, count + turn);
      count += read;
      if (read == TURN) {
        giveWay();
      }
    } while (read == TURN);
    if (count > first && !nesting.element(depth)) {
      throw ragged();
    }
    return count - first;
  }

  /** Lets what else there is to do go on, health among it, while many numbers are read. */
  @SuppressWarnings("ThreadPriorityCheck") // virtual threads are not preempted
  private static void giveWay() {
    Thread.yield();
  }

  private void element(JsonParser parser, JsonToken token) {
    Tensor tensor = Tensor.of(dataType, Shape.of(1), array, count);
    switch (dataType) {
      case FP32, FP64 -> tensor.setDouble(0, real(parser, token));
      case BOOL -> tensor.setLong(0, truth(parser, token));
      case UINT64 -> tensor.setLong(0, unsigned64(parser, token));
      default -> tensor.setLong(0, integer(parser, token));
    }
  }

  private float real32(JsonParser parser) {
    float value = type.isNarrow() ? type.round(parser.getFloatValue()) : parser.getFloatValue();
    if (Float.isInfinite(value) && !BareNumbers.isOne(parser.getString())) {
      throw unfit(parser);
    }
    return value;
  }

  private double real(JsonParser parser, JsonToken token) {
    if (token.isNumeric()) {
      double value = parser.getDoubleValue();
      if (Double.isInfinite(value) && !BareNumbers.isOne(parser.getString())) {
        throw unfit(parser);
      }
      return value;
    }
    if (name == null && token.isBoolean()) {
      truths++;
      return token == JsonToken.VALUE_TRUE ? 1 : 0;
    }
    if (token == JsonToken.VALUE_STRING) {
      return switch (parser.getString()) {
        case "NaN" -> Double.NaN;
        case "Infinity" -> Double.POSITIVE_INFINITY;
        case "-Infinity" -> Double.NEGATIVE_INFINITY;
        default -> throw unfit(parser);
      };
    }
    throw unfit(parser);
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
    throw unfit(parser);
  }

  private long unsigned64(JsonParser parser, JsonToken token) {
    if (token == JsonToken.VALUE_NUMBER_INT) {
      BigInteger value = parser.getBigIntegerValue();
      if (value.signum() >= 0 && value.compareTo(UINT64_MAX) <= 0) {
        return value.longValue();
      }
    }
    throw unfit(parser);
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
    throw unfit(parser);
  }

  private void grow() {
    long before = bytes(capacity);
    capacity = (int) Math.min(Math.max(LEAST_CAPACITY, 2L * capacity), Integer.MAX_VALUE - 8);
    memory.take(bytes(capacity));
    Object grown = dataType.newArray(capacity);
    System.arraycopy(array, 0, grown, 0, count);
    array = grown;
    memory.drop(before);
  }

  private long bytes(int elements) {
    return (long) elements * dataType.bytes() * (name == null ? COPIES : 1);
  }

  /** Of the type and shape that were found. */
  private Tensor tensor() {
    Shape shape;
    try {
      shape = Shape.ofLongs(nesting.shape());
    } catch (IllegalArgumentException e) {
      throw Json.invalid(field, "is nested too deeply: " + e.getMessage());
    }
    if (truths > 0 && truths < count) {
      throw Json.invalid(field, "mixes numbers with true and false");
    }
    double[] values = (double[]) array;
    if (truths == 0) {
      return Tensor.of(shape, Arrays.copyOf(values, count));
    }
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) values[i];
    }
    return Tensor.of(DataType.BOOL, shape, bytes, 0);
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
    return name == null
        ? Json.invalid(field, "has arrays that differ in length or depth")
        : invalid("tensor '" + name + "': the arrays in 'data' differ in length or depth");
  }

  private ServingException unfit(JsonParser parser) {
    String value = Json.described(parser);
    return name == null
        ? Json.invalid(
            field + "[" + count + "]", "must be a number, or true or false, but is " + value)
        : invalid(
            "tensor '%s': element %d of 'data' is no %s: %s".formatted(name, count, type, value));
  }

  private ServingException invalid(String message) {
    return new ServingException.InvalidField(field, message);
  }
}
