package io.norma.models.web;

import io.norma.models.IncomingFiles;
import io.norma.models.ModelSettings;
import jakarta.servlet.MultipartConfigElement;
import java.io.IOException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Where the container keeps the files of a form, which only an upload of a model may be. */
@Configuration(proxyBeanMethods = false)
class FormFiles {
  @Bean
  MultipartConfigElement multipartConfig(IncomingFiles incoming, ModelSettings settings)
      throws IOException {
    long limit = settings.maxUploadBytes().toBytes();
    return new MultipartConfigElement(incoming.folder().toString(), limit, limit, 0);
  }
}
