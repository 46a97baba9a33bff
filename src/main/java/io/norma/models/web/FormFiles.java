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
  MultipartConfigElement multipartConfig(IncomingFiles incoming, ModelSettings settings) {
    long limit = settings.maxUploadBytes().toBytes();
    return new MultipartConfigElement(location(incoming), limit, limit, 0);
  }

  /** Where nothing can be written, others say so: the container's own folder will do until then. */
  private static String location(IncomingFiles incoming) {
    try {
      return incoming.folder().toString();
    } catch (IOException _) {
      return "";
    }
  }
}
