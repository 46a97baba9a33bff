package io.norma.http;

import io.norma.http.codec.Json;
import io.norma.http.codec.Words;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.Order;
import org.springframework.validation.method.ParameterValidationResult;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;

/** Says what is wrong with a parameter in the address. */
@RestControllerAdvice
@Order(0)
final class QueryAdvice {
  private final ErrorAdvice errors;

  QueryAdvice(ErrorAdvice errors) {
    this.errors = errors;
  }

  @ExceptionHandler
  void missing(
      MissingServletRequestParameterException e,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    refuse(e.getParameterName(), "is missing", null, request, response);
  }

  @ExceptionHandler
  void otherType(
      MethodArgumentTypeMismatchException e,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    refuse(e.getName(), expected(e.getParameter()), e.getValue(), request, response);
  }

  @ExceptionHandler
  void outOfRange(
      HandlerMethodValidationException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    ParameterValidationResult first = e.getParameterValidationResults().getFirst();
    MethodParameter parameter = first.getMethodParameter();
    refuse(
        Objects.requireNonNull(parameter.getParameterName()),
        expected(parameter),
        first.getArgument(),
        request,
        response);
  }

  /** What a value that does not fit should have been. */
  static String expected(MethodParameter parameter) {
    Range range = parameter.getParameterAnnotation(Range.class);
    Class<?> type = parameter.getParameterType();
    if (range != null) {
      return "must be an integer from %d to %d".formatted(range.min(), range.max());
    }
    Object[] constants = type.getEnumConstants();
    return constants == null
        ? "must be of type " + type.getSimpleName()
        : "must be one of "
            + Arrays.stream(constants).map(constant -> Words.of((Enum<?>) constant)).toList();
  }

  private void refuse(
      String name,
      String fault,
      @Nullable Object value,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    String came = value == null ? "" : ", but is '" + Json.abbreviated(value.toString()) + "'";
    errors.refused(
        new ServingException.InvalidField(name, "query parameter '" + name + "' " + fault + came),
        request,
        response);
  }
}
