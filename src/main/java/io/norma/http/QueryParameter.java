package io.norma.http;

import io.norma.http.codec.Json;
import io.norma.http.codec.Words;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;

/**
 * A parameter in the address as a controller declares it.
 *
 * @param name as it is written in addresses
 */
record QueryParameter(String name, MethodParameter declared) {
  private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");
  private static final Pattern REAL =
      Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");

  /** Those of a route. */
  static List<QueryParameter> of(HandlerMethod route) {
    List<QueryParameter> parameters = new ArrayList<>();
    for (MethodParameter parameter : route.getMethodParameters()) {
      if (parameter.hasParameterAnnotation(RequestParam.class)) {
        parameters.add(of(parameter));
      }
    }
    return parameters;
  }

  static QueryParameter of(MethodParameter parameter) {
    RequestParam annotation = parameter.getParameterAnnotation(RequestParam.class);
    return new QueryParameter(
        annotation == null || annotation.name().isEmpty()
            ? parameter.getParameter().getName()
            : annotation.name(),
        parameter);
  }

  /**
   * Whether a value is written as those of its type are. Spring takes more: hexadecimal numbers,
   * numbers with spaces in them, constants by their names in Java, and nothing for no value.
   */
  boolean isWellWritten(String value) {
    Class<?> type = declared.getParameterType();
    if (type == String.class || mayBeRepeated()) {
      return true;
    }
    if (isTruth(type)) {
      return value.equals("true") || value.equals("false");
    }
    if (isReal(type)) {
      return REAL.matcher(value).matches();
    }
    return type.isEnum() ? words().contains(value) : INTEGER.matcher(value).matches();
  }

  private static boolean isTruth(Class<?> type) {
    return type == boolean.class || type == Boolean.class;
  }

  private static boolean isReal(Class<?> type) {
    return type == double.class || type == Double.class;
  }

  /** Whether it may be there several times: it is text then. */
  boolean mayBeRepeated() {
    return declared.getParameterType() == String[].class;
  }

  /** What a value that does not fit is answered with. */
  ServingException refusal(@Nullable Object value) {
    String came = value == null ? "" : ", but is '" + Json.abbreviated(value.toString()) + "'";
    return new ServingException.InvalidField(
        name, "query parameter '" + name + "' must be " + expected() + came);
  }

  private String expected() {
    Range range = declared.getParameterAnnotation(Range.class);
    if (range != null) {
      return "an integer from %d to %d".formatted(range.min(), range.max());
    }
    Class<?> type = declared.getParameterType();
    if (isTruth(type)) {
      return "true or false";
    }
    if (isReal(type)) {
      return "a number";
    }
    return type.isEnum() ? "one of " + words() : "text";
  }

  private List<String> words() {
    return Arrays.stream(declared.getParameterType().getEnumConstants())
        .map(constant -> Words.of((Enum<?>) constant))
        .toList();
  }
}
