package io.norma.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.models.UploadedModel;
import io.norma.models.UploadedModels.NewFile;
import io.norma.models.VersionFile;
import io.norma.models.store.JdbcUploadedModels;
import io.norma.runningstatistics.NewRevision;
import io.norma.runningstatistics.store.JdbcStatisticsStore;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An H2 file of which something is missing, or other than it was: either all that was acknowledged
 * is there, or it is refused. {@code -Dtest.damages=2000} tries more ways than by default.
 */
final class DamagedFileTest {
  private static final int DAMAGES = Integer.getInteger("test.damages", 40);
  private static final int MODELS = 11;

  @TempDir Path directory;
  private final SplittableRandom random = new SplittableRandom(7);

  /** Everything that was acknowledged, as {@code content()} tells it. */
  private List<String> expected = List.of();

  @BeforeEach
  void store() throws IOException {
    for (int part = 0; part < 2; part++) {
      try (Opened opened = new Opened("norma")) {
        opened.verify();
        JdbcUploadedModels models = new JdbcUploadedModels(opened.transactions, Clock.systemUTC());
        JdbcStatisticsStore sets = new JdbcStatisticsStore(opened.transactions, Clock.systemUTC());
        for (int k = 0; k < MODELS; k++) {
          NetworkIdentity network = add(models, "m" + k + (part == 0 ? "" : "b"));
          for (int revision = 0; revision < 3; revision++) {
            assertThat(sets.add(network, "night", revision(), null).channels()).isEqualTo(64);
          }
          // What is deleted makes room at the beginning, which the next ones are written to.
          if (k % 3 == 1) {
            assertThat(models.delete(network)).isTrue();
          }
        }
        expected = opened.content();
      }
    }
    assertThat(expected).hasSizeGreaterThan(2 * MODELS);
  }

  @Test
  void isAllThereOrRefusedWhereverItsEndIsCutOff() throws Exception {
    long size = Files.size(file("norma", ".mv.db"));
    int refused = 0;
    for (int k = 0; k < DAMAGES; k++) {
      // The last blocks matter the most.
      long length =
          k % 2 == 0 ? random.nextLong(size) : size - 1 - random.nextLong(Math.min(size, 40_000));
      copy("cut");
      try (RandomAccessFile cut = new RandomAccessFile(file("cut", ".mv.db").toFile(), "rw")) {
        cut.setLength(length);
      }
      refused += isRefused("cut", "cut to " + length + " of " + size) ? 1 : 0;
    }
    assertThat(refused).isPositive();
    System.out.printf("FIGURE H2 file cut %d times: %d refused, else whole%n", DAMAGES, refused);
  }

  @Test
  void isAllThereOrRefusedWhereABlockIsZeros() throws Exception {
    long size = Files.size(file("norma", ".mv.db"));
    int refused = 0;
    for (int k = 0; k < DAMAGES; k++) {
      long from = 8192 + random.nextLong(size / 4096 - 2) * 4096;
      copy("hole");
      try (RandomAccessFile hole = new RandomAccessFile(file("hole", ".mv.db").toFile(), "rw")) {
        hole.seek(from);
        hole.write(new byte[4096]);
      }
      refused += isRefused("hole", "zeros from " + from + " of " + size) ? 1 : 0;
    }
    assertThat(refused).isPositive();
    System.out.printf("FIGURE H2 file with a hole, %d times: %d refused%n", DAMAGES, refused);
  }

  @Test
  void isRefusedWhereItIsGone() throws Exception {
    copy("gone");
    Files.delete(file("gone", ".mv.db"));
    assertThatThrownBy(() -> open("gone"))
        .isInstanceOf(DamagedDatabaseException.class)
        .hasMessageContaining("changes that were acknowledged it holds 0");
  }

  /** As after a crash of the machine that lost what was not forced to the disk. */
  @Test
  void isTakenWhereTheCountOfItsChangesIsBehindOrLost() throws Exception {
    copy("behind");
    String line = Files.readString(file("behind", ".changes"));
    Files.writeString(file("behind", ".changes"), line.substring(0, 37) + "0".repeat(19));
    assertThat(open("behind")).isEqualTo(expected);
    assertThat(Files.readString(file("behind", ".changes"))).isEqualTo(line);
    for (String lost : List.of("", "\0".repeat(57))) {
      Files.writeString(file("behind", ".changes"), lost);
      assertThat(open("behind")).isEqualTo(expected);
      assertThat(Files.readString(file("behind", ".changes"))).isEqualTo(line);
    }
    Files.delete(file("behind", ".changes"));
    assertThat(open("behind")).isEqualTo(expected);
  }

  private boolean isRefused(String name, String damage) throws Exception {
    try {
      assertThat(open(name)).as(damage).isEqualTo(expected);
      return false;
    } catch (DamagedDatabaseException e) {
      assertThat(e.getMessage()).as(damage).isNotBlank().doesNotContain("\n");
      return true;
    }
  }

  private List<String> open(String name) throws IOException {
    try (Opened opened = new Opened(name)) {
      opened.verify();
      return opened.content();
    }
  }

  private Path file(String name, String suffix) {
    return directory.resolve(name + suffix);
  }

  private void copy(String name) throws IOException {
    for (String suffix : List.of(".mv.db", ".changes")) {
      Files.copy(file("norma", suffix), file(name, suffix), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private NetworkIdentity add(JdbcUploadedModels models, String name) {
    byte[] bytes = new byte[20_000 + random.nextInt(150_000)];
    random.nextBytes(bytes);
    String sha256 = HexFormat.of().formatHex(Sha256.digest().digest(bytes));
    NetworkIdentity network = new NetworkIdentity(name, 1, sha256);
    NewFile file =
        new NewFile(
            new VersionFile(VersionFile.MODEL, bytes.length, sha256),
            () -> new ByteArrayInputStream(bytes));
    assertThat(models.add(network, List.of(file), "")).isTrue();
    return network;
  }

  private NewRevision revision() {
    float[] mean = new float[64];
    float[] variance = new float[64];
    for (int channel = 0; channel < mean.length; channel++) {
      mean[channel] = random.nextInt(1000);
      variance[channel] = random.nextInt(1000);
    }
    return new NewRevision(
        new RunningStatistics(Map.of("bn", new ChannelStatistics(mean, variance))),
        "ann",
        "",
        null,
        VarianceConvention.UNBIASED);
  }

  /** A database as the service opens it. */
  private final class Opened implements AutoCloseable {
    private final HikariDataSource pool;
    private final DatabaseFile file;
    private final Transactions transactions;

    Opened(String name) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl("jdbc:h2:file:" + directory.resolve(name) + ";USER=sa;TRACE_LEVEL_FILE=0");
      config.setMaximumPoolSize(2);
      pool = new HikariDataSource();
      config.copyStateTo(pool);
      try {
        file = DatabaseFile.of(pool, 0);
        new DatabaseCheck(pool, file).beforeMigration(true);
        transactions = new Transactions(pool, file);
      } catch (RuntimeException e) {
        pool.close();
        throw e;
      }
    }

    void verify() throws IOException {
      try {
        TestDatabase.schema(pool).load().migrate();
        new DatabaseCheck(pool, file).afterMigration(true);
      } catch (RuntimeException e) {
        close();
        throw e;
      }
    }

    List<String> content() {
      List<String> content = new ArrayList<>();
      for (UploadedModel model : new JdbcUploadedModels(transactions, Clock.systemUTC()).list()) {
        content.add(model.network().toString());
      }
      content.addAll(
          transactions
              .client()
              .sql(
                  "select set_id || ' ' || revision || sha256 from statistics_revisions order by 1")
              .query(String.class)
              .list());
      content.add(
          transactions
              .client()
              .sql("select writes from change_counter")
              .query(String.class)
              .single());
      return content;
    }

    @Override
    public void close() throws IOException {
      file.close();
      pool.close();
    }
  }
}
