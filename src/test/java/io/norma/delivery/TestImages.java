package io.norma.delivery;

import java.util.Locale;
import java.util.Objects;
import org.testcontainers.utility.DockerImageName;

/**
 * The images that the container tests stand on. The property {@code test.image.NAME} or the
 * environment variable {@code TEST_IMAGE_NAME} names another than the public default.
 */
final class TestImages {
  static final String JDK = name("jdk", "eclipse-temurin:25-jdk");
  static final String BASE = name("base", "debian:12-slim");
  static final DockerImageName POSTGRES =
      DockerImageName.parse(name("postgres", "postgres:18-alpine"))
          .asCompatibleSubstituteFor("postgres");
  static final DockerImageName HAPROXY = DockerImageName.parse(name("haproxy", "haproxy:3.2"));

  private TestImages() {}

  private static String name(String image, String publicDefault) {
    String variable = System.getenv("TEST_IMAGE_" + image.toUpperCase(Locale.ROOT));
    return System.getProperty(
        "test.image." + image, Objects.requireNonNullElse(variable, publicDefault));
  }
}
