package io.norma.store;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Something of what was kept is not there any more, or not as it was; says what. */
public final class DamagedDatabaseException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  DamagedDatabaseException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
