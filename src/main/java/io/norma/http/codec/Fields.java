package io.norma.http.codec;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request object, asked for one by one by name and type. A field that nobody asked
 * for is refused in the end: a misspelt one must not be overlooked. A field that is null is not
 * there.
 */
public final class Fields {
  private final String path;
  private final Map<String, Object> values;
  private final Set<String> known = new LinkedHashSet<>();

  Fields(String path, Map<String, Object> values) {
    this.path = path;
    this.values = values;
  }

  /** Numbers as FP64, or truth values as BOOL, in arrays of even depth and length. */
  record Array(Tensor elements) {
    @Override
    public String toString() {
      return "an array" + (elements.dataType() == DataType.BOOL ? " of true and false" : "");
    }
  }

  /** Whether the field is there. */
  public boolean has(String field) {
    known.add(field);
    return values.containsKey(field);
  }

  /** A tensor object, FP32 or FP64, that must be there. */
  public Tensor tensor(String field) {
    return required(
        field, value(field, Tensor.class, "a tensor: an object with shape, datatype and data"));
  }

  /** Numbers in an array, nested or not, as FP64; {@code null} if the field is not there. */
  public @Nullable Tensor numbers(String field) {
    return array(field, DataType.FP64, "an array of numbers");
  }

  /** One number per channel in an array, as FP64; {@code null} if the field is not there. */
  public @Nullable Tensor vector(String field) {
    Tensor vector = numbers(field);
    if (vector != null && vector.shape().rank() != 1) {
      throw invalid(field, "must be one array of numbers, but has shape " + vector.shape());
    }
    return vector;
  }

  /** Truth values in an array, as BOOL; {@code null} if the field is not there. */
  public @Nullable Tensor truths(String field) {
    return array(field, DataType.BOOL, "an array of true and false");
  }

  private @Nullable Tensor array(String field, DataType dataType, String expected) {
    Array array = value(field, Array.class, expected);
    if (array == null) {
      return null;
    }
    if (array.elements.dataType() != dataType) {
      throw wrongType(field, expected, array);
    }
    return array.elements;
  }

  /** Integers in an array; {@code null} if the field is not there. */
  public int @Nullable [] integers(String field) {
    Tensor numbers = vector(field);
    if (numbers == null) {
      return null;
    }
    int[] integers = new int[numbers.size()];
    for (int i = 0; i < integers.length; i++) {
      double number = numbers.getDouble(i);
      integers[i] = (int) number;
      if (integers[i] != number) {
        throw invalid(field, "must be an array of integers, but has " + Json.described(number));
      }
    }
    return integers;
  }

  /** A number, or what counts without it. */
  public double number(String field, double otherwise) {
    known.add(field);
    Object value = values.get(field);
    return switch (value) {
      case null -> otherwise;
      case Double number -> number;
      case String word when List.of("NaN", "Infinity", "-Infinity").contains(word) ->
          Double.parseDouble(word);
      default -> throw wrongType(field, "a number", value);
    };
  }

  /** A number that must be there. */
  public double number(String field) {
    if (!has(field)) {
      throw missing(field);
    }
    return number(field, 0);
  }

  /** An integer, or what counts without it. */
  public int integer(String field, int otherwise) {
    Long number = integer(field, Integer.MIN_VALUE, Integer.MAX_VALUE);
    return number == null ? otherwise : Math.toIntExact(number);
  }

  /** An integer that must be there. */
  public int integer(String field) {
    return Math.toIntExact(
        required(field, integer(field, Integer.MIN_VALUE, (long) Integer.MAX_VALUE)));
  }

  /** A whole number from 1 up; {@code null} if the field is not there. */
  public @Nullable Long count(String field) {
    return integer(field, 1, Json.LARGEST_INTEGER);
  }

  /** An integer between two others; {@code null} if the field is not there. */
  public @Nullable Long integer(String field, long least, long most) {
    if (!has(field)) {
      return null;
    }
    double number = number(field, 0);
    if (number != Math.rint(number)) {
      throw invalid(field, "must be an integer, but is " + Json.described(number));
    }
    if (number < least || number > most) {
      throw invalid(
          field,
          "must be an integer from %d to %d, but is %s"
              .formatted(least, most, Json.described(number)));
    }
    return (long) number;
  }

  /** True or false, or what counts without it. */
  public boolean truth(String field, boolean otherwise) {
    Boolean truth = value(field, Boolean.class, "true or false");
    return truth == null ? otherwise : truth;
  }

  /** One of several words; {@code null} if the field is not there. */
  public @Nullable String choice(String field, String... words) {
    return choice(field, Arrays.asList(words));
  }

  /** A constant by its word, or what counts without it. */
  public <E extends Enum<E>> E choice(String field, E otherwise) {
    Class<E> type = otherwise.getDeclaringClass();
    String word = choice(field, Words.all(type));
    return word == null ? otherwise : Words.find(type, word).orElseThrow();
  }

  private @Nullable String choice(String field, List<String> words) {
    String expected = "one of " + words;
    String word = value(field, String.class, expected);
    if (word != null && !words.contains(word)) {
      throw wrongType(field, expected, word);
    }
    return word;
  }

  /** An object; {@code null} if the field is not there. */
  public @Nullable Fields object(String field) {
    Map<?, ?> object = value(field, Map.class, "an object");
    if (object == null) {
      return null;
    }
    Map<String, Object> members = new LinkedHashMap<>();
    object.forEach((name, value) -> members.put(String.valueOf(name), value));
    return new Fields(path + field + ".", members);
  }

  /**
   * Ends the asking.
   *
   * @throws ServingException.InvalidField if there is a field that nobody asked for
   */
  public void requireNothingElse() {
    for (String field : values.keySet()) {
      if (!known.contains(field)) {
        throw invalid(field, "is no field of this request; " + KnownNames.insteadOf(field, known));
      }
    }
  }

  /** What a field that must be there, but is not, is answered with. */
  public ServingException missing(String field) {
    return invalid(field, "is missing");
  }

  /** What a field that does not fit is answered with. */
  public ServingException invalid(String field, String message) {
    return Json.invalid(path + field, message);
  }

  private ServingException wrongType(String field, String expected, Object value) {
    String actual =
        switch (value) {
          case Map<?, ?> object -> "an object";
          case Tensor tensor -> "a tensor";
          case TensorObject tensor -> "a tensor";
          case Array array -> array.toString();
          default -> Json.described(value);
        };
    return invalid(field, "must be " + expected + ", but is " + actual);
  }

  private <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw missing(field);
    }
    return value;
  }

  private <T> @Nullable T value(String field, Class<T> type, String expected) {
    known.add(field);
    Object value = values.get(field);
    if (value == null) {
      return null;
    }
    if (!type.isInstance(value)) {
      throw wrongType(field, expected, value);
    }
    return type.cast(value);
  }
}
