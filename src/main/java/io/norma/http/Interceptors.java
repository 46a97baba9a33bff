package io.norma.http;

import org.springframework.format.FormatterRegistry;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** What is asked of requests before they come to a controller, and how their words are read. */
@Component
final class Interceptors implements WebMvcConfigurer {
  private final AcceptableAnswers answers;
  private final KnownQueries queries;

  Interceptors(AcceptableAnswers answers, KnownQueries queries) {
    this.answers = answers;
    this.queries = queries;
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry.addInterceptor(answers);
    registry.addInterceptor(queries).addPathPatterns("/v1/**");
  }

  @Override
  public void addFormatters(FormatterRegistry registry) {
    registry.addConverterFactory(new WordConverter());
  }
}
