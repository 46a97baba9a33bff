package io.norma.models.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.models.UploadedModel;
import io.norma.models.UploadedModels.NewFile;
import io.norma.models.VersionFile;
import io.norma.runningstatistics.CalibrationStore;
import io.norma.runningstatistics.NewRevision;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.StatisticsStore;
import io.norma.runningstatistics.store.CalibrationLimits;
import io.norma.runningstatistics.store.JdbcActivations;
import io.norma.runningstatistics.store.JdbcCalibrationStore;
import io.norma.runningstatistics.store.JdbcStatisticsStore;
import io.norma.serving.ModelVersion;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.Sha256;
import io.norma.store.StoreConflictException;
import io.norma.store.TestDatabase;
import io.norma.store.Transactions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.simple.JdbcClient;

@ParameterizedClass
@EnumSource
final class JdbcUploadedModelsTest {
  private static final ModelVersion NAME = new ModelVersion("mine", 3);
  private static final NetworkIdentity TEN = network(bytes(10));

  private final HikariDataSource dataSource;
  private final Transactions transactions;
  private final JdbcUploadedModels models;

  JdbcUploadedModelsTest(TestDatabase database, @TempDir Path directory) {
    dataSource = database.create(directory);
    transactions = new Transactions(dataSource);
    models = new JdbcUploadedModels(transactions, Clock.systemUTC());
  }

  @AfterEach
  void close() {
    dataSource.close();
  }

  @Test
  void givesBackTheBytesOfALargeModel() throws IOException {
    byte[] onnx = bytes(120_000_001);
    assertThat(add(onnx, "ann")).isTrue();
    assertThat(content(network(onnx))).isEqualTo(onnx);
    UploadedModel model = models.find(NAME).orElseThrow();
    assertThat(model.sizeInBytes()).isEqualTo(onnx.length);
    assertThat(models.list()).containsExactly(model);
    assertThat(models.list("mine")).containsExactly(model);
    assertThat(models.list("other")).isEmpty();
  }

  @Test
  void acceptsTheSameBytesAgainAndRefusesOthers() throws IOException {
    assertThat(add(bytes(10), "ann")).isTrue();
    assertThat(add(bytes(10), "ben")).isFalse();
    assertThatThrownBy(() -> add(bytes(11), "ben"))
        .isInstanceOfSatisfying(
            StoreConflictException.class,
            e -> assertThat(e.reason()).isEqualTo(StoreConflictException.Reason.DIFFERENT));
    assertThat(content(TEN)).isEqualTo(bytes(10));
  }

  @Test
  void deletesWhatBelongsToTheModel() {
    add(bytes(10), "ann");
    CalibrationStore calibrations =
        new JdbcCalibrationStore(
            transactions, new CalibrationLimits(16, Duration.ofDays(7)), Clock.systemUTC());
    String id =
        calibrations
            .create(
                TEN,
                "night",
                RevisionName.IMPORTED,
                Estimator.POOLED,
                VarianceConvention.UNBIASED,
                2,
                "ann")
            .id();
    new JdbcActivations(transactions, Clock.systemUTC())
        .activate(TEN, RevisionName.IMPORTED, "ann");
    assertThat(models.delete(TEN)).isTrue();
    assertThatThrownBy(() -> models.delete(TEN))
        .isInstanceOfSatisfying(
            StoreConflictException.class,
            e -> assertThat(e.reason()).isEqualTo(StoreConflictException.Reason.MISSING));
    assertThat(models.find(NAME)).isEmpty();
    assertThat(calibrations.find(id)).isEmpty();
    assertThat(new JdbcActivations(transactions, Clock.systemUTC()).history(TEN, Long.MAX_VALUE, 1))
        .isEmpty();
  }

  @Test
  void noticesDamagedBytes() {
    add(bytes(10), "ann");
    JdbcClient.create(dataSource)
        .sql("update uploaded_model_chunks set content = ?")
        .param(new byte[10])
        .update();
    assertThatThrownBy(() -> content(TEN)).hasMessageContaining("damaged");
  }

  @Test
  void refusesToWriteForANetworkThatIsDeletedUntilItIsUploadedAgain() {
    add(bytes(10), "ann");
    StatisticsStore statistics = new JdbcStatisticsStore(transactions, Clock.systemUTC());
    RunningStatistics one =
        new RunningStatistics(Map.of("bn", new ChannelStatistics(new float[1], new float[1])));
    NewRevision revision = new NewRevision(one, "ann", "", null, VarianceConvention.POPULATION);
    statistics.add(TEN, "night", revision, null);
    models.delete(TEN);

    assertThatThrownBy(() -> statistics.add(TEN, "night", revision, null))
        .isInstanceOfSatisfying(
            StoreConflictException.class,
            e -> assertThat(e.reason()).isEqualTo(StoreConflictException.Reason.MISSING))
        .hasMessageContaining(TEN.sha256());
    add(bytes(10), "ann");
    assertThat(statistics.sets(TEN, "", 10)).isEmpty();
    assertThat(statistics.add(TEN, "night", revision, null).name().revision())
        .as("a replica may still have the deleted revision 1 in memory")
        .isEqualTo(2);
  }

  @Test
  void keepsNothingOfOtherBytesUnderTheSameName() {
    add(bytes(10), "ann");
    new JdbcActivations(transactions, Clock.systemUTC())
        .activate(TEN, RevisionName.IMPORTED, "ann");
    models.delete(TEN);
    add(bytes(11), "ann");

    assertThat(
            new JdbcActivations(transactions, Clock.systemUTC())
                .history(network(bytes(11)), Long.MAX_VALUE, 1))
        .isEmpty();
    assertThatThrownBy(() -> models.open(TEN, VersionFile.MODEL))
        .hasMessageContaining("not stored any more");
  }

  @Test
  void keepsEveryFileOfAModel() throws IOException {
    byte[] data = bytes(300_000);
    List<NewFile> files =
        List.of(
            file(VersionFile.MODEL, bytes(10)),
            file("model.onnx.data", data),
            file("empty", bytes(0)));
    NetworkIdentity network = new NetworkIdentity(NAME.model(), NAME.version(), sha256(bytes(12)));
    assertThat(models.add(network, files, "ann")).isTrue();

    assertThat(models.files(network))
        .extracting(VersionFile::name)
        .containsExactly("empty", "model.onnx", "model.onnx.data");
    assertThat(content(network)).isEqualTo(bytes(10));
    assertThat(content(network, "model.onnx.data")).isEqualTo(data);
    assertThat(content(network, "empty")).isEmpty();
    assertThat(models.find(NAME).orElseThrow().sizeInBytes()).isEqualTo(300_010);
    assertThatThrownBy(() -> models.open(network, "other.data"))
        .hasMessageContaining("'other.data'");
  }

  @Test
  void makesAnotherNetworkOfAModelWithAnotherFile() throws IOException {
    add(bytes(10), "ann");
    NetworkIdentity extended = new NetworkIdentity(NAME.model(), NAME.version(), sha256(bytes(12)));
    NewFile checkpoint = file(VersionFile.CHECKPOINT, bytes(200_000));
    models.extend(TEN, extended, checkpoint);

    assertThat(models.find(NAME).orElseThrow().network()).isEqualTo(extended);
    assertThat(content(extended)).isEqualTo(bytes(10));
    assertThat(content(extended, VersionFile.CHECKPOINT)).isEqualTo(bytes(200_000));
    assertThat(models.files(TEN)).isEmpty();
    assertThatThrownBy(() -> models.extend(TEN, extended, checkpoint))
        .isInstanceOf(StoreConflictException.class);
    assertThat(models.delete(extended)).isTrue();
    assertThat(models.find(NAME)).isEmpty();
  }

  private boolean add(byte[] onnx, String by) {
    return models.add(network(onnx), List.of(file(VersionFile.MODEL, onnx)), by);
  }

  private static NewFile file(String name, byte[] bytes) {
    return new NewFile(
        new VersionFile(name, bytes.length, sha256(bytes)), () -> new ByteArrayInputStream(bytes));
  }

  private static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(Sha256.digest().digest(bytes));
  }

  private static NetworkIdentity network(byte[] onnx) {
    return new NetworkIdentity(NAME.model(), NAME.version(), sha256(onnx));
  }

  private byte[] content(NetworkIdentity network) throws IOException {
    return content(network, VersionFile.MODEL);
  }

  private byte[] content(NetworkIdentity network, String file) throws IOException {
    try (InputStream content = models.open(network, file)) {
      return content.readAllBytes();
    }
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
