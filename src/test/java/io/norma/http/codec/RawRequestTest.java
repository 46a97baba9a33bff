package io.norma.http.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.network.TensorMetadata;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RawRequestTest {
  private static final TensorMetadata ROWS =
      new TensorMetadata("x", DataType.FP32, List.of(-1L, 3L));
  private static final TensorMetadata FIXED = new TensorMetadata("x", DataType.INT64, List.of(2L));

  @Test
  void findsTheOpenExtentFromTheBytes() {
    WireRequest request = read(floats(1, 2, 3, 4, 5, 6), ROWS);

    NamedTensor input = request.request().inputs().getFirst();
    assertThat(input.name()).isEqualTo("x");
    assertThat(input.tensor().shape()).isEqualTo(Shape.of(2, 3));
    assertThat(input.tensor().toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(request.form().isBinary("y")).isTrue();
  }

  @Test
  void takesAFixedShapeAsItIs() {
    byte[] body =
        ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(7).putLong(-1).array();

    assertThat(read(body, FIXED).request().inputs().getFirst().tensor().toLongArray())
        .containsExactly(7, -1);
    assertRefused(new byte[8], "[2]", "INT64: 16 bytes, but the body has 8", FIXED);
  }

  @Test
  void refusesBytesThatMakeNoWholeRow() {
    assertRefused(new byte[20], "a multiple of 12 bytes, but the body has 20", "FP32", ROWS);
  }

  @Test
  void refusesWhatBytesAloneDoNotTell() {
    TensorMetadata open = new TensorMetadata("x", DataType.FP32, List.of(-1L, -1L));
    assertRefused(new byte[24], "[-1, -1]", "only one open extent", open);
    assertRefused(new byte[24], "'x', 'x'", "send JSON before the bytes", ROWS, FIXED);
    assertRefused(new byte[24], "Inference-Header-Content-Length: 0", "JSON");
  }

  private static WireRequest read(byte[] body, TensorMetadata... inputs) {
    return RawRequest.read("model", List.of(inputs), body, body.length);
  }

  private static void assertRefused(
      byte[] body, String what, String why, TensorMetadata... inputs) {
    assertThatThrownBy(() -> read(body, inputs))
        .isInstanceOf(ServingException.Invalid.class)
        .hasMessageContaining(what)
        .hasMessageContaining(why);
  }

  private static byte[] floats(float... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return buffer.array();
  }
}
