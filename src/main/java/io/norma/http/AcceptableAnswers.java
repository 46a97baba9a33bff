package io.norma.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.springframework.core.ResolvableType;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Refuses requests that no answer is acceptable to, before they change anything, and has JSON sent
 * as nothing but {@code application/json}: else it goes out as whatever a caller accepts that ends
 * in {@code +json}, or as whatever else Jackson finds that it can write.
 */
@Component
public final class AcceptableAnswers implements HandlerInterceptor {
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
  private static final Set<Class<?>> NO_JSON = Set.of(void.class, Void.class, SseEmitter.class);

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    if (AcceptEncoding.of(request).isNothing()) {
      throw new ResponseStatusException(
          HttpStatus.NOT_ACCEPTABLE,
          "no answer is acceptable with Accept-Encoding '%s'; accept gzip, deflate or identity"
              .formatted(AcceptEncoding.header(request)));
    }
    if (!(handler instanceof HandlerMethod method) || !answersInJson(method)) {
      return true;
    }
    request.setAttribute(
        HandlerMapping.PRODUCIBLE_MEDIA_TYPES_ATTRIBUTE, Set.of(MediaType.APPLICATION_JSON));
    if (!SAFE.contains(request.getMethod()) && !isJsonAccepted(request)) {
      throw new ResponseStatusException(
          HttpStatus.NOT_ACCEPTABLE,
          "the answer is JSON, which Accept '%s' leaves out; nothing was changed"
              .formatted(String.join(", ", accepted(request))));
    }
    return true;
  }

  /**
   * Not where it answers nothing, writes by itself, or its route is for another type; nor where it
   * is none of ours.
   */
  private static boolean answersInJson(HandlerMethod method) {
    if (!method.getBeanType().getPackageName().startsWith("io.norma")) {
      return false;
    }
    RequestMapping mapping = method.getMethodAnnotation(RequestMapping.class);
    ResolvableType type = ResolvableType.forMethodParameter(method.getReturnType());
    Class<?> body =
        ResponseEntity.class.isAssignableFrom(type.toClass())
            ? type.getGeneric(0).toClass()
            : type.toClass();
    return !NO_JSON.contains(body)
        && !Resource.class.isAssignableFrom(body)
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
          .anyMatch(MediaType.APPLICATION_JSON::isCompatibleWith);
    } catch (InvalidMediaTypeException _) {
      return false;
    }
  }
}
