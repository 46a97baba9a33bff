package io.norma.serving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where large bodies wait on the disk until they are read, so that memory need not hold them. */
public final class IncomingFiles {
  private final Path directory;

  IncomingFiles(Path directory) {
    this.directory = directory;
  }

  /** A new, empty file; who asks for it deletes it. */
  public Path create() throws IOException {
    Files.createDirectories(directory);
    return Files.createTempFile(directory, "model", ".onnx");
  }
}
