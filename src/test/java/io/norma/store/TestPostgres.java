package io.norma.store;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server for the tests: the one whose JDBC address (with a user who may create
 * databases) is given as {@code norma.test.postgres.url}, or one started from the server programs
 * where they are installed, and stopped with the tests.
 */
final class TestPostgres {
  private static final @Nullable String GIVEN = System.getProperty("norma.test.postgres.url");
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

  private TestPostgres() {}

  static boolean isAvailable() {
    return GIVEN != null || programs().isPresent();
  }

  static String newDatabase() {
    String server = GIVEN != null ? GIVEN : Started.URL;
    String database = "norma_" + UUID.randomUUID().toString().replace('-', '_');
    try (Connection connection = DriverManager.getConnection(server);
        Statement statement = connection.createStatement()) {
      statement.execute("create database " + database);
    } catch (SQLException e) {
      throw new IllegalStateException("cannot create a database on " + server, e);
    }
    return server.replaceFirst("(jdbc:postgresql://[^/]*/)[^?]*", "$1" + database);
  }

  private static Optional<Path> programs() {
    Stream<Path> onPath = Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(Path::of);
    return Stream.concat(debian(), onPath)
        .filter(folder -> Files.isExecutable(folder.resolve("initdb")))
        .filter(folder -> Files.isExecutable(folder.resolve("postgres")))
        .findFirst();
  }

  private static Stream<Path> debian() {
    if (!Files.isDirectory(DEBIAN)) {
      return Stream.empty();
    }
    try (Stream<Path> versions = Files.list(DEBIAN)) {
      return versions.map(version -> version.resolve("bin")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Started {
    private static final String URL = start();

    private static String start() {
      try {
        Path programs = programs().orElseThrow();
        Path directory = Files.createTempDirectory("norma-postgres");
        int port = freePort();
        // The server refuses to run as root.
        List<String> user =
            "root".equals(System.getProperty("user.name"))
                ? List.of("runuser", "-u", "postgres", "--")
                : List.of();
        if (!user.isEmpty()) {
          run(List.of(), "chown", "postgres", directory.toString());
        }
        String data = directory.resolve("data").toString();
        run(user, programs.resolve("initdb").toString(), "-A", "trust", "-U", "norma", "-N", data);
        run(
            user,
            programs.resolve("pg_ctl").toString(),
            "-D",
            data,
            "-w",
            "-l",
            directory.resolve("log").toString(),
            "-o",
            "-p " + port + " -F -k " + directory + " -c listen_addresses=127.0.0.1",
            "start");
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(() ->
                    run(
                        user,
                        programs.resolve("pg_ctl").toString(),
                        "-D",
                        data,
                        "-m",
                        "immediate",
                        "stop")));
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=norma";
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static int freePort() throws IOException {
      try (ServerSocket socket = new ServerSocket(0)) {
        return socket.getLocalPort();
      }
    }

    private static void run(List<String> prefix, String... command) {
      List<String> all = new ArrayList<>(prefix);
      all.addAll(List.of(command));
      try {
        Path output = Files.createTempFile("norma-postgres", ".log");
        Process process =
            new ProcessBuilder(all)
                .directory(new File("/"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (process.waitFor() != 0) {
          throw new IllegalStateException(all + " failed: " + Files.readString(output));
        }
        Files.delete(output);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
