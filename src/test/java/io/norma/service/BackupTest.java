package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.service.StatisticsClient.Answer;
import io.norma.store.DatabaseCopies;
import io.norma.store.TestDatabase;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy that is made while the service is changed, and what comes of it elsewhere. */
final class BackupTest {
  private static final String MODEL = "/v1/models/m";
  private static final String SET = MODEL + "/running-statistics/night";

  @TempDir Path directory;

  @Test
  void bringsBackAllThatWasThereWhenItWasMade() throws Exception {
    List<String> asked;
    List<String> before = new ArrayList<>();
    Path backup = directory.resolve("backup.zip");
    try (RunningService service = start("first")) {
      StatisticsClient client = service.client();
      asked = change(client);
      for (String path : asked) {
        before.add(ask(client, path));
      }
      Answer made = client.post("/v1/backup", "");
      assertThat(made.status()).as(made.text()).isEqualTo(200);
      Files.write(backup, made.response().body());
      assertThat(client.put(SET, new LabelledNetwork(9).statistics()).status()).isEqualTo(201);
      assertThat(client.delete(MODEL).status()).isEqualTo(204);
      assertThatThrownBy(() -> copies("first").restore(backup, true))
          .hasMessageContaining("is open in a service");
    }
    try (Stream<Path> left = Files.list(directory.resolve("first"))) {
      assertThat(left)
          .as("what a backup was made in")
          .noneMatch(path -> path.toString().endsWith(".part"));
    }

    assertThat(copies("second").restore(backup, false)).isPositive();
    requireSame("second", asked, before);

    assertThatThrownBy(() -> copies("first").restore(backup, false))
        .hasMessageContaining("--replace");
    assertThat(copies("first").restore(backup, true)).isPositive();
    assertThat(directory.resolve("first/norma.mv.db.replaced")).exists();
    requireSame("first", asked, before);

    Path again = directory.resolve("again.zip");
    assertThat(copies("first").backup(again)).isPositive();
    assertThat(copies("third").restore(again, false)).isPositive();
    requireSame("third", asked, before);

    try (RandomAccessFile damaged = new RandomAccessFile(backup.toFile(), "rw")) {
      damaged.setLength(damaged.length() / 2);
    }
    assertThatThrownBy(() -> copies("third").restore(backup, true))
        .isInstanceOf(DatabaseCopies.Refused.class);
    requireSame("third", asked, before);
  }

  @Test
  void isLeftToPostgresqlsOwnTools() {
    try (RunningService service =
        RunningService.start(directory, TestDatabase.POSTGRESQL.url(directory))) {
      Answer refused = service.client().post("/v1/backup", "");
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.text()).contains("pg_dump");
    }
  }

  /** Changes everything that is kept; where it can be seen. */
  private static List<String> change(StatisticsClient client) {
    LabelledNetwork network = new LabelledNetwork(1);
    assertThat(
            client.put(MODEL + "/versions/1", network.bytes(), "application/octet-stream").status())
        .isEqualTo(201);
    for (int k = 1; k <= 3; k++) {
      assertThat(client.put(SET, new LabelledNetwork(k).statistics()).status()).isEqualTo(201);
    }
    assertThat(
            client
                .put(MODEL + "/active-running-statistics", "{\"set\": \"night\", \"revision\": 2}")
                .status())
        .isEqualTo(200);
    String calibration =
        client.post(MODEL + "/calibrations", "{\"set\": \"day\"}").header("Location");
    assertThat(client.post(calibration + "/batches", network.batch()).status()).isEqualTo(200);
    assertThat(client.put("/v1/normalizers/n", "{\"channels\": 1, \"cumulative\": true}").status())
        .isEqualTo(201);
    return List.of(
        MODEL + "/versions/1",
        SET + "/revisions/1",
        SET + "/revisions/2",
        SET + "/revisions/3",
        MODEL + "/running-statistics",
        MODEL + "/active-running-statistics",
        MODEL + "/active-running-statistics/history",
        calibration,
        "/v1/normalizers/n");
  }

  private void requireSame(String name, List<String> asked, List<String> before) {
    try (RunningService service = start(name)) {
      for (int k = 0; k < asked.size(); k++) {
        assertThat(ask(service.client(), asked.get(k))).isEqualTo(before.get(k));
      }
    }
  }

  private static String ask(StatisticsClient client, String path) {
    Answer answer = client.get(path);
    assertThat(answer.status()).as(path).isEqualTo(200);
    return answer.text();
  }

  private RunningService start(String name) {
    Path data = directory.resolve(name);
    return RunningService.start(
        data, "jdbc:h2:file:" + data.resolve("norma") + ";DB_CLOSE_ON_EXIT=FALSE;USER=sa");
  }

  private DatabaseCopies copies(String name) {
    return new DatabaseCopies(directory.resolve(name));
  }
}
