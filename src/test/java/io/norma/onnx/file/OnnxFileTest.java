package io.norma.onnx.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.ImportReport;
import io.norma.onnx.ImportResult;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.OnnxImporter;
import io.norma.onnx.proto.TensorProto;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OnnxFileTest {
  private static final byte[] SOUND =
      OnnxBuilder.operatorSet(22)
          .input("x", -1, 2)
          .node("elu", "Elu", List.of("x"), List.of("y"))
          .output("y", -1, 2)
          .bytes();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<!DOCTYPE html><html>404</html> | an HTML page",
        "<?xml version='1.0'?><Error/> | an XML document",
        "{\"error\": \"no such file\"} | JSON",
        "version https://git-lfs.github.com/spec/v1 | a Git LFS pointer",
        "PK\u0003\u0004 and more | a zip archive",
        "'\u001f\u008b\u0008 and more' | a gzip archive",
        "\u0080\u0002}q | a Python pickle",
        "\u0089HDF and more | an HDF5 file",
        "'\u001c___TFL3' | a TensorFlow Lite model",
        "0___ORTM | a model in ONNX Runtime's own format",
        "0 model.onnx is on the other disk | damaged",
      })
  void saysWhatAWrongFileLooksLike(String content, String expected) {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> OnnxImporter.read(bytes, "m"))
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("not an ONNX model")
        .hasMessageContaining(expected);
    assertThatThrownBy(() -> OnnxImporter.read(new ByteArrayInputStream(bytes), "m"))
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void recognizesSafetensorsAndEmptyFiles() {
    byte[] safetensors = "@\0\0\0\0\0\0\0{\"w\":{}}".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> OnnxImporter.read(safetensors, "m"))
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("a safetensors file");
    assertThatThrownBy(() -> OnnxImporter.read(new byte[0], "m"))
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("an empty file");
  }

  @Test
  void saysThatAModelIsTruncated() {
    byte[] half = Arrays.copyOf(SOUND, SOUND.length / 2);

    assertThatThrownBy(() -> OnnxImporter.read(half, "m"))
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("truncated");
    assertThatThrownBy(() -> OnnxImporter.read(new ByteArrayInputStream(half), "m"))
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("truncated");
  }

  @Test
  void readsTheSameFromEverySource() throws IOException {
    ByteBuffer direct = ByteBuffer.allocateDirect(SOUND.length + 7).position(7).put(SOUND);
    direct.position(7);

    ImportReport report = OnnxImporter.read(SOUND, "m").report();

    assertThat(OnnxImporter.read(direct, "m").report()).isEqualTo(report);
    assertThat(direct.position()).isEqualTo(7);
    assertThat(OnnxImporter.read(new ByteArrayInputStream(SOUND), "m").report()).isEqualTo(report);
  }

  @Test
  void readsModelsOfMoreThan100Megabytes() throws IOException {
    int elements = 27_000_000;
    TensorProto weights =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(OnnxBuilder.FLOAT)
            .addDims(elements)
            .setRawData(ByteString.copyFrom(new byte[4 * elements]))
            .build();
    byte[] large = OnnxBuilder.operatorSet(22).initializer(weights).output("w", elements).bytes();

    ImportResult result = OnnxImporter.read(new ByteArrayInputStream(large), "large");

    assertThat(large.length).isGreaterThan(100 << 20);
    assertThat(result.network().constants().values())
        .extracting(Tensor::size)
        .containsExactly(elements);
  }

  @Test
  void passesOnThatAStreamCannotBeRead() {
    InputStream broken =
        new FilterInputStream(new ByteArrayInputStream(SOUND)) {
          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, Math.min(length, SOUND.length / 2));
            if (in.available() == 0) {
              throw new IOException("connection reset");
            }
            return read;
          }
        };

    assertThatThrownBy(() -> OnnxImporter.read(broken, "m"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("connection reset");
  }
}
