package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.NormaApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The service in a process of its own, that can be killed and can die. */
final class ServiceProcess implements AutoCloseable {
  private final Process process;
  private final int port;
  private final Path log;

  private ServiceProcess(Process process, int port, Path log) {
    this.process = process;
    this.port = port;
    this.log = log;
  }

  /**
   * Starts it and waits until it answers.
   *
   * @param directory for its data and its log, which goes on where it ended
   * @param jvm options of the virtual machine
   * @param settings arguments of the program
   */
  static ServiceProcess start(Path directory, List<String> jvm, List<String> settings)
      throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.addAll(jvm);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(NormaApplication.class.getName());
    command.add("--server.port=" + port);
    command.add("--norma.data-directory=" + directory.resolve("data"));
    command.add("--norma.models.warm-up-at-most=100ms");
    command.addAll(settings);
    Path log = directory.resolve("service.log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    ServiceProcess service = new ServiceProcess(process, port, log);
    service.awaitAnswer();
    return service;
  }

  private void awaitAnswer() {
    StatisticsClient client = new StatisticsClient(port);
    for (int i = 0; i < 600; i++) {
      try {
        client.get("/actuator/health/liveness");
        return;
      } catch (UncheckedIOException _) {
        try {
          if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
            throw new AssertionError(
                "the service ended before it answered, with exit code " + process.exitValue());
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException(e);
        }
      }
    }
    throw new IllegalStateException("the service does not answer after a minute");
  }

  /** Waits until its models answer, too. */
  void awaitReady(ServiceClient client) {
    await("the service is ready")
        .atMost(Duration.ofMinutes(1))
        .until(() -> client.get("/v2/health/ready").status() == 200);
  }

  int port() {
    return port;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** What it logged. */
  String log() throws IOException {
    return Files.readString(log);
  }

  /** Frees what nobody holds any more. */
  void collectGarbage() throws IOException, InterruptedException {
    String command = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    int status =
        new ProcessBuilder(command, Long.toString(process.pid()), "GC.run")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    assertThat(status).as("status of jcmd").isZero();
  }

  /** Ends it without warning. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Asks it to end, as an operator does. */
  void stop() {
    process.destroy();
  }

  /** Whether it ends within so many seconds. */
  boolean awaitEnd(long seconds) throws InterruptedException {
    return process.waitFor(seconds, TimeUnit.SECONDS);
  }

  /** What it ended with. */
  int exitCode() {
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
