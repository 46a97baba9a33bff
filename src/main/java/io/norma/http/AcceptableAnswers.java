package io.norma.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.springframework.core.ResolvableType;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.HandlerInterceptor;

/** Refuses requests that no answer is acceptable to, before they change anything. */
@Component
public final class AcceptableAnswers implements HandlerInterceptor {
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
  private static final List<MediaType> JSON =
      List.of(MediaType.APPLICATION_JSON, new MediaType("application", "*+json"));

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    if (AcceptEncoding.of(request).isNothing()) {
      throw new ResponseStatusException(
          HttpStatus.NOT_ACCEPTABLE,
          "no answer is acceptable with Accept-Encoding '%s'; accept gzip, deflate or identity"
              .formatted(AcceptEncoding.header(request)));
    }
    if (!SAFE.contains(request.getMethod())
        && handler instanceof HandlerMethod method
        && answersInJson(method)
        && !isJsonAccepted(request)) {
      throw new ResponseStatusException(
          HttpStatus.NOT_ACCEPTABLE,
          "the answer is JSON, which Accept '%s' leaves out; nothing was changed"
              .formatted(String.join(", ", accepted(request))));
    }
    return true;
  }

  /** Not where it answers nothing, writes by itself, or its route is for another type. */
  private static boolean answersInJson(HandlerMethod method) {
    RequestMapping mapping = method.getMethodAnnotation(RequestMapping.class);
    ResolvableType type = ResolvableType.forMethodParameter(method.getReturnType());
    Class<?> body = ResponseEntity.class.isAssignableFrom(type.toClass())
        ? type.getGeneric(0).toClass()
        : type.toClass();
    return body != void.class
        && body != Void.class
        && (mapping == null || mapping.produces().length == 0);
  }

  private static List<String> accepted(HttpServletRequest request) {
    return Collections.list(request.getHeaders("Accept"));
  }

  private static boolean isJsonAccepted(HttpServletRequest request) {
    List<String> accepted = accepted(request);
    if (accepted.isEmpty()) {
      return true;
    }
    try {
      return MediaType.parseMediaTypes(accepted).stream()
          .filter(range -> range.getQualityValue() > 0)
          .anyMatch(range -> JSON.stream().anyMatch(range::isCompatibleWith));
    } catch (InvalidMediaTypeException _) {
      return false;
    }
  }
}
