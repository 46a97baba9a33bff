package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.OnnxImportException;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.proto.TensorProto;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged files cause nothing but an import exception, and no allocation that they declare. */
final class DamagedFileTest {
  @Test
  void refusesEveryTruncation() throws IOException {
    byte[] digits = digits();
    for (int length = 0; length < digits.length; length += length < 2000 ? 1 : 997) {
      byte[] truncated = Arrays.copyOf(digits, length);
      assertThatThrownBy(() -> OnnxImporter.read(truncated, "digits"))
          .as("%d bytes", length)
          .isInstanceOf(OnnxImportException.class);
    }
  }

  @Test
  void survivesFlippedBits() throws IOException {
    byte[] digits = digits();
    Random random = new Random(7);
    int refused = 0;
    for (int trial = 0; trial < 3000; trial++) {
      byte[] damaged = digits.clone();
      for (int flip = 0; flip < 1 + trial % 4; flip++) {
        // Half of the damage goes where the structure is, which the weights dwarf.
        int position = random.nextInt(trial % 2 == 0 ? 3000 : damaged.length);
        damaged[position] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        OnnxImporter.read(damaged, "digits");
      } catch (OnnxImportException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void survivesFlippedBitsInEveryOperator() throws IOException {
    Path cases = Path.of("../shared/conformance/onnx-node");
    assumeTrue(Files.isDirectory(cases), "skipped: ONNX's operator cases are not at " + cases);
    Random random = new Random(11);
    for (Path folder : TensorFiles.folders(cases, "test_")) {
      byte[] model = Files.readAllBytes(folder.resolve("model.onnx"));
      for (int trial = 0; trial < 100; trial++) {
        byte[] damaged = model.clone();
        for (int flip = 0; flip < 1 + trial % 3; flip++) {
          damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        try {
          OnnxImporter.read(damaged, "damaged");
        } catch (OnnxImportException refused) {
          assertThat(refused).hasMessageNotContaining("null");
        }
      }
    }
  }

  @Test
  void countsElementsBeforeItMakesRoomForThem() {
    TensorProto huge =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(OnnxBuilder.FLOAT)
            .addDims(Integer.MAX_VALUE)
            .addFloatData(1)
            .build();

    assertThatThrownBy(() -> OnnxTensors.toTensor(huge))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs 2147483647 elements, but has 1");
    assertThatThrownBy(() ->
            OnnxBuilder.operatorSet(22)
                .initializer(huge)
                .node("elu", "Elu", List.of("w"), List.of("y"))
                .output("y", 1)
                .read())
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("'w'");
  }

  private static byte[] digits() throws IOException {
    try (InputStream file =
        DamagedFileTest.class.getResourceAsStream("/models/digits/1/model.onnx")) {
      assertThat(file).isNotNull();
      return file.readAllBytes();
    }
  }
}
