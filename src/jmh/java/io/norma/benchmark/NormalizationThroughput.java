package io.norma.benchmark;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.norma.NormaApplication;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A batch of (32, 64, 56, 56) in FP32 through HTTP in binary, normalized in training mode, beside
 * as many bytes there and back through a plain socket, interleaved. Prints where the time goes: in
 * the kernel, in copying through the socket, and in what is left, the service's own share.
 *
 * <p>System property: {@code rounds} (30).
 */
public final class NormalizationThroughput {
  private static final int ROUNDS = Integer.getInteger("rounds", 30);
  private static final int WARMUP = 10;
  private static final int BYTES = 32 * 64 * 56 * 56 * 4;
  private static final int CHUNK = 1 << 16;

  private NormalizationThroughput() {}

  public static void main(String[] arguments) throws Exception {
    try (ConfigurableApplicationContext service =
            SpringApplication.run(
                NormaApplication.class,
                "--server.port=0",
                "--spring.datasource.url=jdbc:h2:mem:throughput",
                "--norma.http.max-request-bytes=256MB");
        ServerSocket echo = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofPlatform().daemon().start(() -> answer(echo));
      String port = service.getEnvironment().getRequiredProperty("local.server.port");
      MeterRegistry meters = service.getBean(MeterRegistry.class);
      try (Socket http = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
          Socket plain = new Socket(InetAddress.getLoopbackAddress(), echo.getLocalPort())) {
        compare(http, plain, meters);
      }
    }
  }

  private static void compare(Socket http, Socket plain, MeterRegistry meters) throws IOException {
    DataInputStream answers = new DataInputStream(new BufferedInputStream(http.getInputStream()));
    List<Double> totals = new ArrayList<>();
    List<Double> kernels = new ArrayList<>();
    List<Double> copies = new ArrayList<>();
    for (int round = -WARMUP; round < ROUNDS; round++) {
      double before = round == -WARMUP ? 0 : kernel(meters);
      long start = System.nanoTime();
      post(http.getOutputStream(), answers);
      long end = System.nanoTime();
      send(plain.getOutputStream(), new byte[CHUNK], BYTES);
      receive(plain.getInputStream()::read, new byte[CHUNK], BYTES);
      long echoed = System.nanoTime();
      if (round >= 0) {
        totals.add((end - start) / 1e6);
        kernels.add(kernel(meters) - before);
        copies.add((echoed - end) / 1e6);
      }
    }
    print("medians", totals, kernels, copies, ROUNDS / 2);
    print("fastest", totals, kernels, copies, 0);
  }

  private static void print(
      String what, List<Double> totals, List<Double> kernels, List<Double> copies, int index) {
    double total = totals.stream().sorted().toList().get(index);
    double kernel = kernels.stream().sorted().toList().get(index);
    double copy = copies.stream().sorted().toList().get(index);
    System.out.printf(
        Locale.ROOT,
        "%s: total %.1f ms (%.2f GB/s of input and output), kernel %.1f ms, socket %.1f ms,"
            + " the rest %.1f ms = %.0f %%%n",
        what,
        total,
        2.0 * BYTES / total / 1e6,
        kernel,
        copy,
        total - kernel - copy,
        100 * (total - kernel - copy) / total);
  }

  private static double kernel(MeterRegistry meters) {
    Timer timer =
        meters
            .get("norma.normalization.compute")
            .tag("kind", "batch")
            .tag("mode", "training")
            .timer();
    return timer.totalTime(TimeUnit.NANOSECONDS) / 1e6;
  }

  private static void post(OutputStream requests, DataInputStream answers) throws IOException {
    String json =
        "{\"input\":{\"shape\":[32,64,56,56],\"datatype\":\"FP32\",\"parameters\":"
            + "{\"binary_data_size\":"
            + BYTES
            + "}},\"mode\":\"training\",\"parameters\":{\"binary_data_output\":true}}";
    String head =
        "POST /v1/normalizations/batch HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/octet-stream\r\nInference-Header-Content-Length: "
            + json.length()
            + "\r\nContent-Length: "
            + (json.length() + BYTES)
            + "\r\n\r\n"
            + json;
    requests.write(head.getBytes(StandardCharsets.US_ASCII));
    byte[] chunk = new byte[CHUNK];
    for (int i = 0; i < CHUNK; i += 4) {
      chunk[i + 1] = (byte) (i >> 2);
      chunk[i + 2] = (byte) 0x80;
      chunk[i + 3] = 0x3F;
    }
    send(requests, chunk, BYTES);
    int length = length(answers);
    receive(answers::read, chunk, length);
  }

  private static int length(DataInputStream answers) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) answers.readByte());
    }
    String text = head.toString().toLowerCase(Locale.ROOT);
    if (!text.startsWith("http/1.1 200")) {
      throw new IllegalStateException(text);
    }
    int at = text.indexOf("\r\ncontent-length: ") + 18;
    return Integer.parseInt(text.substring(at, text.indexOf('\r', at)));
  }

  private static void send(OutputStream stream, byte[] chunk, int bytes) throws IOException {
    for (int sent = 0; sent < bytes; sent += CHUNK) {
      stream.write(chunk, 0, Math.min(CHUNK, bytes - sent));
    }
  }

  /** Reads some bytes into an array. */
  private interface Source {
    int read(byte[] target, int offset, int length) throws IOException;
  }

  private static void receive(Source source, byte[] chunk, int bytes) throws IOException {
    for (int received = 0; received < bytes; ) {
      int read = source.read(chunk, 0, Math.min(CHUNK, bytes - received));
      if (read < 0) {
        throw new EOFException();
      }
      received += read;
    }
  }

  private static void answer(ServerSocket echo) {
    byte[] chunk = new byte[CHUNK];
    try (Socket socket = echo.accept()) {
      while (true) {
        receive(socket.getInputStream()::read, chunk, BYTES);
        send(socket.getOutputStream(), chunk, BYTES);
      }
    } catch (IOException e) {
      // The client has gone.
      Thread.currentThread().interrupt();
    }
  }
}
