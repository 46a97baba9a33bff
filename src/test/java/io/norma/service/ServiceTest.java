package io.norma.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The whole service on a free port, with directories of its own; shared by the tests of a run. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
public abstract class ServiceTest {
  static final Path DIRECTORY = temporary();
  public static final Path MODELS = DIRECTORY.resolve("models-directory");

  @LocalServerPort private int port;

  public ServiceClient client = new ServiceClient(0);

  @DynamicPropertySource
  static void properties(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> DIRECTORY.resolve("data").toString());
    registry.add("norma.models.directory", MODELS::toString);
    registry.add("norma.models.max-upload-bytes", () -> "2MB");
    registry.add("norma.http.max-request-bytes", () -> "1MB");
    registry.add("norma.models.warm-up-at-most", () -> "100ms");
    registry.add("norma.inference.max-batch-size", () -> "100");
  }

  @BeforeEach
  void connect() {
    client = new ServiceClient(port);
  }

  int port() {
    return port;
  }

  public static byte[] digitsModel() {
    return bytes(Path.of("src/main/resources/models/digits/1/model.onnx"));
  }

  public static byte[] example(String name) {
    return bytes(Path.of("examples/digits", name));
  }

  static byte[] bytes(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("norma-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
