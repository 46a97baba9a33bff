package io.norma.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What can be set about HTTP.
 *
 * @param maxRequestBytes largest body of a request, before and after decompression; uploads of
 *     models have a limit of their own
 * @param maxBytesInFlight bytes that the bodies of all requests and answers together may take, with
 *     the tensors in them; by default a quarter of the heap
 * @param minBodyRate bytes of a body that must come in a second, on average; 0 for any number
 * @param slowBodyAfter how long they may come more slowly
 * @param maxImagePixels width times height of an image that is sent for inference
 */
@Validated
@ConfigurationProperties("norma.http")
record HttpSettings(
    @DefaultValue("64MB") DataSize maxRequestBytes,
    @Nullable DataSize maxBytesInFlight,
    @DefaultValue("1KB") DataSize minBodyRate,
    @DefaultValue("30s") Duration slowBodyAfter,
    @DefaultValue("16777216") int maxImagePixels) {
  /** Three channels of so many are as many bytes as an array holds. */
  private static final int MOST_PIXELS = (Integer.MAX_VALUE - 8) / 3;

  HttpSettings {
    if (maxRequestBytes.toBytes() < 1 || maxRequestBytes.toBytes() > Integer.MAX_VALUE - 8L) {
      throw new IllegalArgumentException(
          "norma.http.max-request-bytes must be from 1 byte to 2 GiB, but is " + maxRequestBytes);
    }
    if (maxBytesInFlight != null && maxBytesInFlight.toBytes() < 1) {
      throw new IllegalArgumentException(
          "norma.http.max-bytes-in-flight must be above 0, but is " + maxBytesInFlight);
    }
    if (minBodyRate.isNegative()) {
      throw new IllegalArgumentException(
          "norma.http.min-body-rate must not be negative, but is " + minBodyRate);
    }
    if (slowBodyAfter.isNegative()) {
      throw new IllegalArgumentException(
          "norma.http.slow-body-after must not be negative, but is " + slowBodyAfter);
    }
    if (maxImagePixels < 1 || maxImagePixels > MOST_PIXELS) {
      throw new IllegalArgumentException(
          "norma.http.max-image-pixels must be from 1 to %d, but is %d"
              .formatted(MOST_PIXELS, maxImagePixels));
    }
  }

  /** The number itself, resolved. */
  long maxBytesInFlight(long heapBytes) {
    return maxBytesInFlight == null ? heapBytes / 4 : maxBytesInFlight.toBytes();
  }
}
