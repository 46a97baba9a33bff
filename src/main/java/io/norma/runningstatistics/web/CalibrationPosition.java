package io.norma.runningstatistics.web;

import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationStore.Position;
import io.norma.serving.ServingException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a calibration stands in the list of them, as a word for the next page's address: when it
 * was begun, in microseconds since 1970, and its id.
 */
final class CalibrationPosition {
  private static final Pattern WORD = Pattern.compile("([0-9]{1,18})\\.([0-9a-f-]{36})");

  private CalibrationPosition() {}

  static String write(Calibration calibration) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, calibration.createdAt())
        + "."
        + calibration.id();
  }

  static @Nullable Position read(@Nullable String word, String name) {
    if (word == null) {
      return null;
    }
    Matcher matcher = WORD.matcher(word);
    if (!matcher.matches()) {
      throw new ServingException.InvalidField(
          name, "'%s' must be the 'next' of a page, but is \"%s\"".formatted(name, word));
    }
    return new Position(
        Instant.EPOCH.plus(Long.parseLong(matcher.group(1)), ChronoUnit.MICROS), matcher.group(2));
  }
}
