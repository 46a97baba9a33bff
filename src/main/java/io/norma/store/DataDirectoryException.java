package io.norma.store;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;

/** The service cannot write where it is to keep what it is given. */
final class DataDirectoryException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  private DataDirectoryException(Path directory, String reason) {
    super("The data directory %s cannot be written: %s".formatted(directory, reason));
  }

  /** Makes the directory where there is none. */
  static void requireWritable(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new DataDirectoryException(directory, e.toString());
    }
    if (!Files.isWritable(directory)) {
      throw new DataDirectoryException(
          directory, "user %s may not write there".formatted(System.getProperty("user.name")));
    }
  }
}
