package io.norma.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.HandlerInterceptor;

/** Refuses requests that no answer is acceptable to, before they change anything. */
@Component
public final class AcceptableAnswers implements HandlerInterceptor {
  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    if (AcceptEncoding.of(request).isNothing()) {
      throw new ResponseStatusException(
          HttpStatus.NOT_ACCEPTABLE,
          "no answer is acceptable with Accept-Encoding '%s'; accept gzip, deflate or identity"
              .formatted(AcceptEncoding.header(request)));
    }
    return true;
  }
}
