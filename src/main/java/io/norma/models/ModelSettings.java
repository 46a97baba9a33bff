package io.norma.models;

import io.norma.kernel.compute.matrix.WeightFormat;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Where models come from, and what is done before they are served.
 *
 * @param directory models in Triton's layout, none by default
 * @param directoryPoll how often it is looked whether files there have changed; 0 for never
 * @param bundled whether the models inside the program are served
 * @param maxVersions versions of models up to which clients may add others
 * @param maxUploadBytes largest model file that is taken over HTTP
 * @param warmUpAtMost how long one model is warmed
 * @param openEarly whether a model that takes no other's place is served before it is warm
 * @param weights how those of large dense layers are kept
 * @param idleAfter how long nobody may have asked for a model until it gives back its weights; 0
 *     for any time
 * @param maxResidentBytes that the weights in memory may take; 0 for any number
 * @param readiness when the service is ready
 */
@Validated
@ConfigurationProperties("norma.models")
public record ModelSettings(
    @Nullable Path directory,
    @DefaultValue("0") Duration directoryPoll,
    @DefaultValue("true") boolean bundled,
    @DefaultValue("1000") int maxVersions,
    @DefaultValue("512MB") DataSize maxUploadBytes,
    @DefaultValue("5s") Duration warmUpAtMost,
    @DefaultValue("true") boolean openEarly,
    @DefaultValue("fp32") WeightFormat weights,
    @DefaultValue("0") Duration idleAfter,
    @DefaultValue("0B") DataSize maxResidentBytes,
    @DefaultValue("all") Readiness readiness) {
  /** Which models must have been loaded. */
  public enum Readiness {
    /** All that were there at the start, or have turned out not to be servable. */
    ALL,
    /** One. */
    ANY
  }

  public ModelSettings {
    if (directoryPoll.isNegative()) {
      throw new IllegalArgumentException(
          "norma.models.directory-poll must not be negative, but is " + directoryPoll);
    }
    if (idleAfter.isNegative()) {
      throw new IllegalArgumentException(
          "norma.models.idle-after must not be negative, but is " + idleAfter);
    }
    if (maxResidentBytes.isNegative()) {
      throw new IllegalArgumentException(
          "norma.models.max-resident-bytes must not be negative, but is " + maxResidentBytes);
    }
    if (directory == null && !directoryPoll.isZero()) {
      throw new IllegalArgumentException(
          "norma.models.directory-poll is %s, but there is no norma.models.directory to look at"
              .formatted(directoryPoll));
    }
    if (maxVersions < 0) {
      throw new IllegalArgumentException(
          "norma.models.max-versions must not be negative, but is " + maxVersions);
    }
    if (maxUploadBytes.toBytes() < 1) {
      throw new IllegalArgumentException(
          "norma.models.max-upload-bytes must be above 0, but is " + maxUploadBytes);
    }
  }
}
