package io.norma.runningstatistics.web;

import io.norma.http.BodyLimit;
import io.norma.models.ModelSettings;
import java.util.regex.Pattern;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Running statistics may come in a model's file. */
@Configuration(proxyBeanMethods = false)
class ExportedStatisticsLimit {
  @Bean
  BodyLimit exportedStatistics(ModelSettings settings) {
    return new BodyLimit(
        Pattern.compile("PUT /v1/models/[^/]+(/versions/[^/]+)?/running-statistics/[^/]+"),
        settings.maxUploadBytes().toBytes(),
        "norma.models.max-upload-bytes");
  }
}
