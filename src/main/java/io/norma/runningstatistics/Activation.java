package io.norma.runningstatistics;

import io.norma.runningstatistics.certificate.Certificate;
import io.norma.serving.ServingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That a revision, or a split among several, became what requests get when they name none.
 *
 * @param certificate of the revision, in a split of that of the largest share; it stays when the
 *     revision is deleted
 * @param reason why, in the caller's words; {@code null} where nothing was said
 */
public record Activation(
    long id,
    TrafficSplit split,
    Instant activatedAt,
    String activatedBy,
    boolean isRollback,
    @Nullable Certificate certificate,
    @Nullable String reason) {
  /** Characters of a reason. */
  public static final int LONGEST_REASON = 500;

  private static final String REASON = "reason";

  /**
   * A reason as it is kept: none where it says nothing.
   *
   * @throws ServingException.InvalidField if it is too long, or cannot be stored
   */
  static @Nullable String reason(@Nullable String given) {
    if (given == null || given.isBlank()) {
      return null;
    }
    if (given.length() > LONGEST_REASON) {
      throw new ServingException.InvalidField(
          REASON,
          "'%s' may have %d characters, but has %d: say it in fewer, and refer to the rest"
              .formatted(REASON, LONGEST_REASON, given.length()));
    }
    if (given.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(given)) {
      throw new ServingException.InvalidField(
          REASON, "'" + REASON + "' has characters that cannot be stored");
    }
    return given;
  }

  /** The revision that is active, in a split that of the largest share. */
  public RevisionName name() {
    return split.primary();
  }
}
