package io.norma.http;

import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
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
    String name = e.getParameterName();
    errors.refused(
        new ServingException.InvalidField(name, "query parameter '" + name + "' is missing"),
        request,
        response);
  }

  @ExceptionHandler
  void otherType(
      MethodArgumentTypeMismatchException e,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    errors.refused(QueryParameter.of(e.getParameter()).refusal(e.getValue()), request, response);
  }

  @ExceptionHandler
  void outOfRange(
      HandlerMethodValidationException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    ParameterValidationResult first = e.getParameterValidationResults().getFirst();
    errors.refused(
        QueryParameter.of(first.getMethodParameter()).refusal(first.getArgument()),
        request,
        response);
  }
}
