package io.norma.store;

import java.io.IOException;
import java.io.Serial;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessResourceFailureException;

/** The disk has no room for a change; the message names the disk. */
public final class DiskFullException extends DataAccessResourceFailureException {
  @Serial private static final long serialVersionUID = 1;

  /** What Linux and macOS, quotas, and Windows say. */
  private static final List<String> REASONS =
      List.of("No space left on device", "Disk quota exceeded", "not enough space on the disk");

  DiskFullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Whether a full disk is behind it, whoever noticed. */
  public static boolean isBehind(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DiskFullException || (cause instanceof IOException && says(cause))) {
        return true;
      }
    }
    return false;
  }

  private static boolean says(Throwable cause) {
    String message = cause.getMessage();
    return message != null && REASONS.stream().anyMatch(message::contains);
  }
}
