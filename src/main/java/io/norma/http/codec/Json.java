package io.norma.http.codec;

import io.norma.http.codec.json.BareNumbers;
import io.norma.http.codec.json.FloatArrayParser;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/** JSON as this service reads and writes it where speed counts: token by token. */
public final class Json {
  /** How deep arrays and objects may be nested. */
  public static final int MAX_DEPTH = 100;

  static final JsonFactory FACTORY =
      new FloatArrayParser.Factory(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(MAX_DEPTH)
                      .maxStringLength(Integer.MAX_VALUE)
                      .build())
              .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
              .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER));

  /** Takes numbers that are not finite without quotes, too. */
  private static final JsonFactory LENIENT =
      FACTORY.rebuild().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /** Largest number that JSON carries as an integer: beyond it doubles leave integers out. */
  public static final long LARGEST_INTEGER = (1L << 53) - 1;

  private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

  /** Whole numbers below it are written without a fraction or an exponent. */
  private static final double WHOLE = 1e15;

  /** How the parser begins when it is set up to refuse fields that are there twice. */
  private static final String DUPLICATE = "Duplicate ";

  /** How much of a value is told back. */
  private static final int LONGEST = 100;

  private Json() {}

  /**
   * Reads bytes that stay where they are.
   *
   * @throws ServingException.Invalid if they are not in UTF-8
   */
  public static JsonParser parser(byte[] bytes, int offset, int length) {
    JsonEncoding.requireUtf8(bytes, offset, length);
    return FACTORY.createParser(ObjectReadContext.empty(), bytes, offset, length);
  }

  /**
   * Reads bytes that may have numbers that are not finite, as {@link BareNumbers} spells them.
   *
   * @throws ServingException.Invalid if they are not in UTF-8
   */
  public static JsonParser lenientParser(byte[] bytes, int offset, int length) {
    JsonEncoding.requireUtf8(bytes, offset, length);
    return LENIENT.createParser(ObjectReadContext.empty(), bytes, offset, length);
  }

  /**
   * Reads a stream.
   *
   * @throws ServingException.Invalid if it is not in UTF-8
   */
  public static JsonParser parser(InputStream stream) throws IOException {
    PushbackInputStream whole = new PushbackInputStream(stream, JsonEncoding.TELLING);
    byte[] first = whole.readNBytes(JsonEncoding.TELLING);
    JsonEncoding.requireUtf8(first, 0, first.length);
    whole.unread(first);
    return FACTORY.createParser(ObjectReadContext.empty(), whole);
  }

  /** Writes to a stream. */
  public static JsonGenerator generator(OutputStream stream) {
    return FACTORY.createGenerator(ObjectWriteContext.empty(), stream);
  }

  /**
   * Reads a document that is one object, with nothing behind it.
   *
   * @param opened closed in the end
   * @param read what the object holds, from its first field to its end
   * @throws ServingException.Invalid if it is another document, or none
   */
  public static <T> T object(JsonParser opened, Function<JsonParser, T> read) {
    try (JsonParser parser = opened) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new ServingException.Invalid("the body has no JSON; expected an object");
      }
      if (first != JsonToken.START_OBJECT) {
        throw new ServingException.Invalid(
            "the request must be an object, but is " + described(parser));
      }
      T result = read.apply(parser);
      if (parser.nextToken() != null) {
        throw new ServingException.Invalid("something follows the request JSON");
      }
      return result;
    } catch (JacksonException e) {
      if (e.getOriginalMessage().startsWith(DUPLICATE)) {
        throw invalid(path(opened), "is there twice");
      }
      throw new ServingException.Invalid("failed to parse the request JSON: " + reason(e), e);
    }
  }

  /** Why a parser gave up, and where, without advice on how to set up the parser. */
  static String reason(JacksonException e) {
    String reason =
        e.getOriginalMessage()
            .replaceAll(", from `[^`]*`", "")
            .replaceAll("(Non-standard token '[^']*'): .*", "$1; write it in quotes");
    return e.getLocation() == null
        ? reason
        : "%s (line %d, column %d)"
            .formatted(reason, e.getLocation().getLineNr(), e.getLocation().getColumnNr());
  }

  /** The name of the value that the parser stands at, with those of what it is in. */
  static String path(JsonParser parser) {
    Deque<String> names = new ArrayDeque<>();
    TokenStreamContext context = parser.streamReadContext();
    boolean opened =
        parser.currentToken() == JsonToken.START_OBJECT
            || parser.currentToken() == JsonToken.START_ARRAY;
    for (TokenStreamContext at = opened ? context.getParent() : context;
        at != null;
        at = at.getParent()) {
      if (at.currentName() != null) {
        names.push(at.currentName());
      }
    }
    return String.join(".", names);
  }

  /** What a field that does not fit is answered with; the message begins with its name. */
  public static ServingException invalid(String field, String message) {
    return new ServingException.InvalidField(field, "'" + field + "' " + message);
  }

  /** The value of a field that may be there once. */
  public static <T> T once(@Nullable T before, T value, String field) {
    if (before != null) {
      throw invalid(field, "is there twice");
    }
    return value;
  }

  public static String text(JsonParser parser, String field) {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw wrongType(parser, field, "text");
    }
    return parser.getString();
  }

  public static boolean truth(JsonParser parser, String field) {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw wrongType(parser, field, "true or false");
    };
  }

  public static long integer(JsonParser parser, String field) {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return parser.getLongValue();
    }
    throw wrongType(parser, field, "an integer");
  }

  /** A number, where "NaN", "Infinity" and "-Infinity" are numbers too. */
  static double number(JsonParser parser, String field) {
    if (parser.currentToken().isNumeric()) {
      return parser.getDoubleValue();
    }
    if (parser.currentToken() == JsonToken.VALUE_STRING
        && NOT_FINITE.contains(parser.getString())) {
      return Double.parseDouble(parser.getString());
    }
    throw wrongType(parser, field, "a number");
  }

  /** A number without a fraction, however it is written. */
  static long wholeNumber(JsonParser parser, String field, long least, long most) {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      long integer = parser.getLongValue();
      if (integer >= least && integer <= most) {
        return integer;
      }
      throw outOfRange(parser, field, least, most);
    }
    double number = number(parser, field);
    if (number != Math.rint(number)) {
      throw wrongType(parser, field, "an integer");
    }
    // From 2^63 on, where the largest long would be rounded to, it is none.
    if (number < least || number > most || number == 0x1p63) {
      throw outOfRange(parser, field, least, most);
    }
    return (long) number;
  }

  private static ServingException outOfRange(
      JsonParser parser, String field, long least, long most) {
    return wrongType(parser, field, "an integer from %d to %d".formatted(least, most));
  }

  /** Numbers in an array that are finite float32. */
  static float[] finiteFloats(JsonParser parser, String field) {
    requireStart(parser, JsonToken.START_ARRAY, field);
    float[] floats = new float[64];
    int length = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (length == floats.length) {
        RequestMemory.current().take(2L * 2 * length * Float.BYTES);
        floats = Arrays.copyOf(floats, Math.multiplyExact(2, length));
        RequestMemory.current().drop(2L * length * Float.BYTES);
      }
      floats[length] = finiteFloat(parser, field + "[" + length + "]");
      length++;
    }
    return Arrays.copyOf(floats, length);
  }

  /** Vectors in an array, of numbers that are finite. */
  static double[][] finiteVectors(JsonParser parser, String field) {
    requireStart(parser, JsonToken.START_ARRAY, field);
    List<double[]> vectors = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      vectors.add(finiteDoubles(parser, field + "[" + vectors.size() + "]"));
    }
    return vectors.toArray(double[][]::new);
  }

  /** Numbers in an array that are finite float64. */
  static double[] finiteDoubles(JsonParser parser, String field) {
    requireStart(parser, JsonToken.START_ARRAY, field);
    double[] doubles = new double[64];
    int length = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (length == doubles.length) {
        RequestMemory.current().take(2L * 2 * length * Double.BYTES);
        doubles = Arrays.copyOf(doubles, Math.multiplyExact(2, length));
        RequestMemory.current().drop(2L * length * Double.BYTES);
      }
      doubles[length] = finiteDouble(parser, field + "[" + length + "]");
      length++;
    }
    return Arrays.copyOf(doubles, length);
  }

  private static double finiteDouble(JsonParser parser, String field) {
    if (!parser.currentToken().isNumeric()) {
      throw wrongType(parser, field, "a finite number");
    }
    double value = parser.getDoubleValue();
    if (!Double.isFinite(value)) {
      throw wrongType(parser, field, "a finite number");
    }
    return value;
  }

  private static float finiteFloat(JsonParser parser, String field) {
    if (!parser.currentToken().isNumeric()) {
      throw wrongType(parser, field, "a finite number");
    }
    float value = parser.getFloatValue();
    if (!Float.isFinite(value)) {
      throw wrongType(parser, field, "a finite float32");
    }
    return value;
  }

  public static void requireStart(JsonParser parser, JsonToken start, String field) {
    if (parser.currentToken() != start) {
      throw wrongType(
          parser,
          field,
          switch (start) {
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "text";
            default -> "an object";
          });
    }
  }

  /**
   * Parameters as the protocol has them: text, numbers and truth values by name; null is as none.
   */
  static Map<String, Object> parameters(JsonParser parser, String field) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    requireStart(parser, JsonToken.START_OBJECT, field);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      Object value =
          switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getString();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT ->
                parser.getNumberValue() instanceof BigInteger big
                    ? (Object) big
                    : (Object) parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            default -> throw wrongType(parser, field + "." + name, "text, a number, true or false");
          };
      once(parameters.put(name, value), value, field + "." + name);
    }
    return parameters;
  }

  public static ServingException wrongType(JsonParser parser, String field, String expected) {
    return invalid(field, "must be " + expected + ", but is " + described(parser));
  }

  /** The value that the parser stands at. */
  static String described(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> quoted(parser.getString());
      case null -> "the end";
      default -> abbreviated(parser.getString());
    };
  }

  /** A value that was read: text, a number or a truth value, as JSON has it. */
  public static String described(Object value) {
    return switch (value) {
      case String text -> quoted(text);
      case Double number when number == Math.rint(number) && Math.abs(number) < WHOLE ->
          Long.toString(number.longValue());
      default -> abbreviated(value.toString());
    };
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    JsonStringEncoder.getInstance().quoteAsString(abbreviated(text), json);
    return json.append('"').toString();
  }

  /** The beginning of what came, as much as it takes to recognize it. */
  public static String abbreviated(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }
}
