package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.ImportWarning.Code;
import io.norma.onnx.proto.StringStringEntryProto;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a report advises, by the program that wrote the file. */
final class ExportAdviceTest {
  private static final String NEW = "optimize=False, external_data=False, dynamic_shapes=";
  private static final String OLD =
      "training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False";

  private static OnnxBuilder file(String producer, String version) {
    OnnxBuilder file =
        OnnxBuilder.operatorSet(22)
            .input("x", 1, 2)
            .node("sum", "ReduceSum", List.of("x"), List.of("y"))
            .output("y", 1, 2);
    file.model().setProducerName(producer).setProducerVersion(version);
    return file;
  }

  private static String message(OnnxBuilder file, Code code) {
    return file.read().report().warnings().stream()
        .filter(warning -> warning.code() == code)
        .findFirst()
        .orElseThrow()
        .message();
  }

  @ParameterizedTest
  @CsvSource({"2.13.0+cpu", "2.9.0", "2.13.0", "3.0"})
  void namesTheArgumentsOfTheNewExporter(String version) {
    OnnxBuilder file = file("pytorch", version);

    assertThat(message(file, Code.NO_BATCH_NORMALIZATION))
        .contains("Export with torch.onnx.export");
    assertThat(message(file, Code.NO_BATCH_NORMALIZATION)).containsSubsequence(NEW, OLD);
    assertThat(message(file, Code.FIXED_BATCH)).contains("dynamic_shapes=({0: torch.export.Dim");
  }

  @ParameterizedTest
  @CsvSource({"2.8.0", "1.13.1", "2.0.1+cu118", "''", "x", "99999999999.9"})
  void namesTheArgumentsOfTheOldOneForOlderVersions(String version) {
    OnnxBuilder file = file("pytorch", version);

    assertThat(message(file, Code.NO_BATCH_NORMALIZATION)).contains(OLD).doesNotContain("optimize");
    assertThat(message(file, Code.FIXED_BATCH))
        .contains("dynamic_axes")
        .doesNotContain("dynamic_shapes");
  }

  @Test
  void saysThatUltralyticsFusesBeforeItExports() {
    OnnxBuilder file = file("pytorch", "2.9.0");
    file.model()
        .addMetadataProps(
            StringStringEntryProto.newBuilder().setKey("author").setValue("Ultralytics"));

    assertThat(message(file, Code.NO_BATCH_NORMALIZATION))
        .contains("Ultralytics fuses")
        .doesNotContain("optimize=False");
    assertThat(message(file, Code.FIXED_BATCH)).contains("dynamic=True");
  }

  @Test
  void saysThatTf2onnxFusesAndWhatKerasCanDo() {
    assertThat(message(file("tf2onnx", "1.16.1"), Code.NO_BATCH_NORMALIZATION))
        .contains("tf2onnx fuses", "KERAS_BACKEND=torch");
    assertThat(message(file("tf2onnx", "1.16.1"), Code.FIXED_BATCH))
        .contains("first extent is None");
  }

  @Test
  void namesAllWaysWhereTheProducerIsNotKnown() {
    assertThat(message(file("", ""), Code.NO_BATCH_NORMALIZATION))
        .contains(NEW, OLD, "KERAS_BACKEND=torch");
  }

  @Test
  void tellsWhatNeedsNoNewExport() {
    for (String producer : new String[] {"pytorch", "tf2onnx", "other"}) {
      assertThat(message(file(producer, "2.9.0"), Code.NO_BATCH_NORMALIZATION))
          .contains(
              "PUT /v1/models/{model}/versions/{version}/checkpoint", "safetensors", "/references");
    }
  }
}
