package io.norma.normalization.web;

import io.norma.http.BodyLimit;
import java.util.regex.Pattern;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Rows of a stream are taken in parts of which none is kept. */
@Configuration(proxyBeanMethods = false)
class RowStreamLimit {
  @Bean
  BodyLimit rowStreams() {
    return new BodyLimit(
        Pattern.compile("POST /v1/normalizations/batch/stream"), Long.MAX_VALUE, "");
  }
}
