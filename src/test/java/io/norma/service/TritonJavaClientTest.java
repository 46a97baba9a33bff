package io.norma.service;

import static io.norma.service.DigitThree.assertIsThree;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Triton's own Java client ({@code triton.client.InferenceServerClient}, on Apache's asynchronous
 * HTTP client) against the service. It sends no Content-Type, puts empty parameters on inputs in
 * JSON, retries three times whatever the status, and reads an error only from a body that has
 * nothing but {@code error}.
 */
final class TritonJavaClientTest extends ServiceTest {
  private static final Path JAR = Path.of("target/clients/triton-java-client.jar");
  private static final String PACKAGE = "triton.client.";

  @ParameterizedTest
  @CsvSource({
    "true, binary",
    "true, json",
    "true, all",
    "false, binary",
    "false, json",
    "false, all"
  })
  void infersInEveryForm(boolean binaryInput, String outputs) throws Exception {
    try (Client client = new Client(port())) {
      assertIsThree(client.infer("digits", new long[] {1, 1, 8, 8}, binaryInput, outputs));
    }
  }

  @Test
  void readsErrors() throws Exception {
    try (Client client = new Client(port())) {
      assertThatThrownBy(() -> client.infer("cats", new long[] {1, 1, 8, 8}, true, "binary"))
          .hasMessageContaining("Request for unknown model: 'cats'");
      assertThatThrownBy(() -> client.infer("digits", new long[] {1, 64}, false, "all"))
          .hasMessageContaining("expects shape [-1, 1, 8, 8] for input 'image'");
      assertIsThree(client.infer("digits", new long[] {1, 1, 8, 8}, true, "all"));
    }
  }

  /** The client by reflection: its jar is loaded apart from everything else. */
  private static final class Client implements AutoCloseable {
    private final URLClassLoader loader;
    private final AutoCloseable client;

    Client(int port) throws Exception {
      assertThat(JAR).as("the build copies it").isRegularFile();
      loader =
          new URLClassLoader(new URL[] {JAR.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
      client =
          (AutoCloseable)
              type("InferenceServerClient")
                  .getConstructor(String.class, int.class, int.class)
                  .newInstance("localhost:" + port, 5000, 5000);
    }

    /**
     * @param outputs {@code binary} or {@code json} for the named output, {@code all} for none
     *     named
     */
    float[] infer(String model, long[] shape, boolean binaryInput, String outputs)
        throws Exception {
      Class<?> dataType = type("pojo.DataType");
      Object input =
          type("InferInput")
              .getConstructor(String.class, long[].class, dataType)
              .newInstance("image", shape, dataType.getField("FP32").get(null));
      input
          .getClass()
          .getMethod("setData", float[].class, boolean.class)
          .invoke(input, DigitThree.image(), binaryInput);
      List<Object> wanted = new ArrayList<>();
      if (!outputs.equals("all")) {
        wanted.add(
            type("InferRequestedOutput")
                .getConstructor(String.class, boolean.class)
                .newInstance("probabilities", outputs.equals("binary")));
      }
      try {
        Object result =
            client
                .getClass()
                .getMethod("infer", String.class, List.class, List.class)
                .invoke(client, model, new ArrayList<>(List.of(input)), wanted);
        return (float[])
            result
                .getClass()
                .getMethod("getOutputAsFloat", String.class)
                .invoke(result, "probabilities");
      } catch (InvocationTargetException e) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
    }

    private Class<?> type(String name) throws ClassNotFoundException {
      return loader.loadClass(PACKAGE + name);
    }

    @Override
    public void close() throws IOException {
      try {
        client.close();
      } catch (Exception e) {
        throw new IOException(e);
      } finally {
        loader.close();
      }
    }
  }
}
