package io.norma.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.simple.JdbcClient;

@ParameterizedClass
@EnumSource
final class UploadedModelsTest {
  private static final ModelVersion NAME = new ModelVersion("mine", 3);

  private final HikariDataSource dataSource;
  private final Transactions transactions;
  private final UploadedModels models;

  UploadedModelsTest(TestDatabase database, @TempDir Path directory) {
    dataSource = database.create(directory);
    transactions = new Transactions(dataSource);
    models = new UploadedModels(transactions);
  }

  @AfterEach
  void close() {
    dataSource.close();
  }

  @Test
  void givesBackTheBytesOfALargeModel() throws IOException {
    byte[] onnx = bytes(120_000_001);
    assertThat(add(onnx, "ann")).isTrue();
    assertThat(content()).isEqualTo(onnx);
    UploadedModel model = models.find(NAME).orElseThrow();
    assertThat(model.sizeInBytes()).isEqualTo(onnx.length);
    assertThat(models.list()).containsExactly(model);
  }

  @Test
  void acceptsTheSameBytesAgainAndRefusesOthers() throws IOException {
    assertThat(add(bytes(10), "ann")).isTrue();
    assertThat(add(bytes(10), "ben")).isFalse();
    assertThatThrownBy(() -> add(bytes(11), "ben"))
        .isInstanceOfSatisfying(
            StoreConflictException.class,
            e -> assertThat(e.reason()).isEqualTo(StoreConflictException.Reason.DIFFERENT));
    assertThat(content()).isEqualTo(bytes(10));
  }

  @Test
  void deletesWhatBelongsToTheModel() {
    add(bytes(10), "ann");
    CalibrationStore calibrations =
        new CalibrationStore(transactions, new CalibrationLimits(16, Duration.ofDays(7)));
    String id =
        calibrations
            .create(NAME, "night", Estimator.POOLED, VarianceConvention.UNBIASED, 2, "ann")
            .id();
    new Activations(transactions).activate(NAME, RevisionName.IMPORTED, "ann");
    assertThat(models.delete(NAME)).isTrue();
    assertThat(models.delete(NAME)).isFalse();
    assertThat(models.find(NAME)).isEmpty();
    assertThat(calibrations.find(id)).isEmpty();
    assertThat(new Activations(transactions).history(NAME, Long.MAX_VALUE, 1)).isEmpty();
  }

  @Test
  void noticesDamagedBytes() {
    add(bytes(10), "ann");
    JdbcClient.create(dataSource)
        .sql("update uploaded_model_chunks set content = ?")
        .param(new byte[10])
        .update();
    assertThatThrownBy(() -> content()).hasMessageContaining("damaged");
  }

  private boolean add(byte[] onnx, String by) {
    String sha256 = HexFormat.of().formatHex(StatisticsBytes.digest().digest(onnx));
    return models.add(NAME, sha256, new ByteArrayInputStream(onnx), by);
  }

  private byte[] content() throws IOException {
    try (InputStream content = models.open(NAME)) {
      return content.readAllBytes();
    }
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
