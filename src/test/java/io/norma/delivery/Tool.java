package io.norma.delivery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Programs that a developer's machine may have or not, for the clients in other languages. */
final class Tool {
  record Outcome(int exit, String output) {}

  private Tool() {}

  static Outcome run(Path directory, String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("norma", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toAbsolutePath().toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(3, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IOException(command[0] + " did not end: " + Files.readString(output));
      }
      return new Outcome(process.exitValue(), Files.readString(output));
    } finally {
      Files.deleteIfExists(output);
    }
  }

  /** What a program says where it succeeds, without white space around it; empty if not. */
  static String answer(Path directory, String... command) throws InterruptedException {
    try {
      Outcome outcome = run(directory, command);
      return outcome.exit() == 0 ? outcome.output().strip() : "";
    } catch (IOException _) {
      return "";
    }
  }

  /** Skips, with a line that says so, where a tool is missing; fails if the variable is true. */
  static void need(boolean there, String reason, String variable) {
    if (!there) {
      if (Boolean.parseBoolean(System.getenv(variable))) {
        throw new IllegalStateException(reason + ", but " + variable + " is true");
      }
      System.out.println("skipped: " + reason);
    }
    Assumptions.assumeTrue(there, reason);
  }
}
