package io.norma.http;

import java.util.List;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.method.annotation.ExceptionHandlerExceptionResolver;

/** Lets {@link ErrorAdvice} answer for every handler; by default it does for controllers alone. */
@Component
final class ErrorsOfAllHandlers implements WebMvcConfigurer {
  @Override
  public void extendHandlerExceptionResolvers(List<HandlerExceptionResolver> resolvers) {
    for (HandlerExceptionResolver resolver : resolvers) {
      if (resolver instanceof ExceptionHandlerExceptionResolver advice) {
        advice.setMappedHandlerPredicate(handler -> true);
      }
    }
  }
}
