package io.norma.web.protocol;

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
 * for is refused in the end: a misspelt one must not be overlooked.
 */
public final class Fields {
  private final String path;
  private final Map<String, Object> values;
  private final Set<String> known = new LinkedHashSet<>();

  Fields(String path, Map<String, Object> values) {
    this.path = path;
    this.values = values;
  }

  /** Whether the field is there. */
  public boolean has(String field) {
    known.add(field);
    return values.containsKey(field);
  }

  /** A tensor object, FP32 or FP64. */
  public Tensor tensor(String field) {
    Tensor tensor = value(field, Tensor.class, "a tensor: an object with shape, datatype and data");
    if (tensor == null) {
      throw missing(field);
    }
    return tensor;
  }

  /** Numbers in an array, nested or not, as FP64; {@code null} if the field is not there. */
  public @Nullable Tensor numbers(String field) {
    Tensor numbers = value(field, Tensor.class, "an array of numbers");
    return numbers;
  }

  /** Truth values in an array, as BOOL; {@code null} if the field is not there. */
  public @Nullable Tensor truths(String field) {
    Tensor truths = value(field, Tensor.class, "an array of true and false");
    if (truths != null && truths.dataType() != DataType.BOOL) {
      throw invalid(field, "must be an array of true and false");
    }
    return truths;
  }

  /** Integers in an array; {@code null} if the field is not there. */
  public int @Nullable [] integers(String field) {
    Tensor numbers = numbers(field);
    if (numbers == null) {
      return null;
    }
    int[] integers = new int[numbers.size()];
    for (int i = 0; i < integers.length; i++) {
      double number = numbers.getDouble(i);
      integers[i] = (int) number;
      if (integers[i] != number) {
        throw invalid(field, "must be an array of integers, but has " + number);
      }
    }
    return integers;
  }

  /** A number, or what counts without it. */
  public double number(String field, double otherwise) {
    Double number = value(field, Double.class, "a number");
    return number == null ? otherwise : number;
  }

  /** An integer, or what counts without it. */
  public int integer(String field, int otherwise) {
    double number = number(field, otherwise);
    if (number != Math.rint(number) || Math.abs(number) > Integer.MAX_VALUE) {
      throw invalid(field, "must be an integer, but is " + number);
    }
    return (int) number;
  }

  /** An integer that must be there. */
  public int integer(String field) {
    if (!has(field)) {
      throw missing(field);
    }
    return integer(field, 0);
  }

  /** True or false, or what counts without it. */
  public boolean truth(String field, boolean otherwise) {
    Boolean truth = value(field, Boolean.class, "true or false");
    return truth == null ? otherwise : truth;
  }

  /** One of several words; {@code null} if the field is not there. */
  public @Nullable String choice(String field, String... words) {
    List<String> allowed = Arrays.asList(words);
    String word = value(field, String.class, "one of " + allowed);
    if (word != null && !allowed.contains(word)) {
      throw invalid(field, "must be one of " + allowed + ", but is '" + word + "'");
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
        throw invalid(field, "is no field of this request; its fields are " + known);
      }
    }
  }

  /** What a field that must be there, but is not, is answered with. */
  public ServingException missing(String field) {
    return invalid(field, "is missing");
  }

  /** What a field that does not fit is answered with. */
  public ServingException invalid(String field, String message) {
    return new ServingException.InvalidField(path + field, "'" + path + field + "': " + message);
  }

  private <T> @Nullable T value(String field, Class<T> type, String expected) {
    known.add(field);
    Object value = values.get(field);
    if (value == null) {
      return null;
    }
    if (!type.isInstance(value)) {
      throw invalid(field, "must be " + expected);
    }
    return type.cast(value);
  }
}
