package io.norma.normalization;

import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What can be set about normalization as a service.
 *
 * @param maxStreamRowElements elements of a row of a stream, for which memory is taken by the shape
 *     alone, before a row has come
 */
@Validated
@ConfigurationProperties("norma.normalization")
public record NormalizationSettings(@Min(1) @DefaultValue("4194304") int maxStreamRowElements) {}
