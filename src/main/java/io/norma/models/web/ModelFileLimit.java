package io.norma.models.web;

import io.norma.http.BodyLimit;
import io.norma.models.ModelSettings;
import java.util.regex.Pattern;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Files of models may be larger than other bodies. */
@Configuration(proxyBeanMethods = false)
class ModelFileLimit {
  static final String SETTING = "norma.models.max-upload-bytes";

  @Bean
  BodyLimit modelFiles(ModelSettings settings) {
    return new BodyLimit(
        Pattern.compile(
            "PUT /v1/models/[^/]+/versions/[^/]+(/checkpoint)?|POST"
                + " /v2/repository/models/[^/]+/load"),
        settings.maxUploadBytes().toBytes(),
        SETTING);
  }
}
