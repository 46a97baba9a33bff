package io.norma.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.NormaApplication;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** The service, in a process of its own, where it cannot start. */
final class StartFailureTest {
  @TempDir Path directory;

  @Test
  void namesTheHostThatRefuses() throws Exception {
    int nobody;
    try (ServerSocket socket = new ServerSocket(0)) {
      nobody = socket.getLocalPort();
    }
    assertThat(failure("--spring.datasource.url=jdbc:postgresql://127.0.0.1:" + nobody + "/norma"))
        .startsWith("The database jdbc:postgresql://127.0.0.1:" + nobody + "/norma cannot be used")
        .contains("refused");
  }

  @Test
  void namesTheHostThatDoesNotExist() throws Exception {
    assertThat(failure("--spring.datasource.url=jdbc:postgresql://nowhere.invalid/norma"))
        .startsWith("The database jdbc:postgresql://nowhere.invalid/norma cannot be used")
        .contains("UnknownHostException: nowhere.invalid");
  }

  @Test
  void namesTheDatabaseThatDoesNotExistAndKeepsThePassword() throws Exception {
    String url =
        TestDatabase.POSTGRESQL.url(directory).replaceFirst("/norma_[^?]*", "/missing")
            + "&password=secret";
    assertThat(failure("--spring.datasource.url=" + url))
        .contains("/missing cannot be used", "\"missing\" does not exist")
        .doesNotContain("secret");
  }

  @Test
  void namesTheDataDirectoryThatCannotBeWritten() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertThat(failure("--norma.data-directory=" + file))
        .startsWith("The data directory " + file + " cannot be written");
  }

  @Test
  void saysThatAnotherProcessHasTheDatabaseOpen() throws Exception {
    try (HikariDataSource open = database()) {
      assertThat(failure("--norma.data-directory=" + directory))
          .isEqualTo("The database in " + directory + " is open in another process.");
      assertThat(open.isRunning()).isTrue();
    }
  }

  @Test
  void refusesAFileThatCannotBeRead() throws Exception {
    try (HikariDataSource open = database()) {
      TestDatabase.schema(open).load().migrate();
    }
    Path file = directory.resolve("norma.mv.db");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      int _ = channel.write(ByteBuffer.allocate(2 * 4096));
    }
    assertThat(failure("--norma.data-directory=" + directory))
        .startsWith("The database in " + directory + " is damaged: ");
    assertThat(Files.readString(directory.resolve("service.log")))
        .contains("java -jar norma.jar restore --from=FILE --replace", "Backup and restore");
  }

  @Test
  void refusesAFileThatLostChanges() throws Exception {
    try (HikariDataSource open = database()) {
      TestDatabase.schema(open).load().migrate();
    }
    Files.writeString(
        directory.resolve("norma.changes"), UUID.randomUUID() + " " + "0".repeat(18) + "7\n");
    assertThat(failure("--norma.data-directory=" + directory))
        .isEqualTo(
            "The database in "
                + directory
                + " is damaged: of 7 changes that were acknowledged it holds 0.");
  }

  @ParameterizedTest
  @EnumSource
  void refusesASchemaThatANewerProgramMade(TestDatabase database) throws Exception {
    String url = database.url(directory);
    try (HikariDataSource newer = TestDatabase.connect(url)) {
      TestDatabase.schema(newer).load().migrate();
      new JdbcTemplate(newer)
          .execute(
              """
              insert into "flyway_schema_history" values
                (99, '99', 'later', 'SQL', 'V99__later.sql', 1, 'someone', current_timestamp, 1, true)
              """);
    }
    assertThat(failure("--spring.datasource.url=" + url))
        .startsWith("The schema of the database jdbc:")
        .contains("not this program's", "99");
  }

  private HikariDataSource database() throws SQLException {
    HikariDataSource database =
        TestDatabase.connect("jdbc:h2:file:" + directory.resolve("norma") + ";USER=sa");
    database.getConnection().close();
    return database;
  }

  /** The one line that tells why the process ended. */
  private String failure(String argument) throws IOException, InterruptedException {
    Path log = directory.resolve("service.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                NormaApplication.class.getName(),
                "--server.port=0",
                argument)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("the service ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(log);
    assertThat(process.exitValue()).as("%s", lines).isNotZero();
    assertThat(lines).noneMatch(line -> line.startsWith("\tat ")).contains("Description:");
    return lines.get(lines.indexOf("Description:") + 2);
  }
}
