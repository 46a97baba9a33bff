package io.norma.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import java.nio.file.Path;
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
  void givesBackTheBytesOfALargeModel() {
    byte[] onnx = bytes(120_000_001);
    assertThat(models.add(NAME, onnx, "ann")).isTrue();
    assertThat(models.content(NAME).orElseThrow()).isEqualTo(onnx);
    UploadedModel model = models.find(NAME).orElseThrow();
    assertThat(model.sizeInBytes()).isEqualTo(onnx.length);
    assertThat(models.list()).containsExactly(model);
  }

  @Test
  void acceptsTheSameBytesAgainAndRefusesOthers() {
    assertThat(models.add(NAME, bytes(10), "ann")).isTrue();
    assertThat(models.add(NAME, bytes(10), "ben")).isFalse();
    assertThatThrownBy(() -> models.add(NAME, bytes(11), "ben"))
        .isInstanceOfSatisfying(
            StoreConflictException.class,
            e -> assertThat(e.reason()).isEqualTo(StoreConflictException.Reason.DIFFERENT));
    assertThat(models.content(NAME).orElseThrow()).isEqualTo(bytes(10));
  }

  @Test
  void deletesWhatBelongsToTheModel() {
    models.add(NAME, bytes(10), "ann");
    CalibrationStore calibrations = new CalibrationStore(transactions);
    String id =
        calibrations
            .create(NAME, "night", Estimator.POOLED, VarianceConvention.UNBIASED, 2, "ann")
            .id();
    new Activations(transactions).activate(NAME, RevisionName.IMPORTED, "ann");
    assertThat(models.delete(NAME)).isTrue();
    assertThat(models.delete(NAME)).isFalse();
    assertThat(models.content(NAME)).isEmpty();
    assertThat(calibrations.find(id)).isEmpty();
    assertThat(new Activations(transactions).current(NAME)).isEmpty();
  }

  @Test
  void noticesDamagedBytes() {
    models.add(NAME, bytes(10), "ann");
    JdbcClient.create(dataSource)
        .sql("update uploaded_model_chunks set content = ?")
        .param(new byte[10])
        .update();
    assertThatThrownBy(() -> models.content(NAME)).hasMessageContaining("damaged");
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
