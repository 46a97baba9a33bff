package io.norma.delivery;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@code mvn package} leaves, and the Java to start it. */
final class Jars {
  private Jars() {}

  /** The service. */
  static Path service() throws IOException {
    return only("target", "norma-*.jar");
  }

  /** The engine without the service. */
  static Path engine() throws IOException {
    return only("target/engine", "norma-*-engine.jar");
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static Path only(String directory, String glob) throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(Path.of(directory), glob)) {
      return found.iterator().next();
    }
  }
}
