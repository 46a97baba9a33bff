package io.norma.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Held against bytes that are put together here as the contract describes them. */
final class TensorDigestTest {
  private static String expected(Consumer<ByteBuffer> put) throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 15).order(ByteOrder.LITTLE_ENDIAN);
    put.accept(bytes);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(bytes.flip());
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void putHead(ByteBuffer bytes, String name, String type, long... shape) {
    for (String text : List.of(name, type)) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      bytes.putInt(utf8.length).put(utf8);
    }
    bytes.putInt(shape.length);
    for (long extent : shape) {
      bytes.putLong(extent);
    }
  }

  @Test
  void isOfNamesTypesShapesAndElementsInOrder() throws Exception {
    Tensor floats = Tensor.of(Shape.of(2, 1), new float[] {-0f, 1e-40f});
    Tensor truths = Tensor.of(DataType.BOOL, Shape.of(3), new byte[] {1, 0, 1}, 0);
    Tensor integers = Tensor.of(DataType.INT64, Shape.of(), new long[] {-7, -2}, 1);
    assertThat(
            TensorDigest.of(
                List.of(
                    new NamedTensor("größe", floats),
                    new NamedTensor("b", truths),
                    new NamedTensor("c", integers))))
        .isEqualTo(
            expected(bytes -> {
              putHead(bytes, "größe", "FP32", 2, 1);
              bytes.putLong(8).putFloat(-0f).putFloat(1e-40f);
              putHead(bytes, "b", "BOOL", 3);
              bytes.putLong(3).put((byte) 1).put((byte) 0).put((byte) 1);
              putHead(bytes, "c", "INT64");
              bytes.putLong(8).putLong(-2);
            }));
  }

  @Test
  void takesMoreElementsThanItsBufferHas() throws Exception {
    double[] doubles = new double[2500];
    short[] shorts = new short[2500];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = 1.0 / (i + 1);
      shorts[i] = (short) (31 * i);
    }
    assertThat(
            TensorDigest.of(
                List.of(
                    new NamedTensor("x", Tensor.of(Shape.of(2500), doubles)),
                    new NamedTensor("y", Tensor.of(DataType.UINT16, Shape.of(2500), shorts, 0)))))
        .isEqualTo(
            expected(bytes -> {
              putHead(bytes, "x", "FP64", 2500);
              bytes.putLong(20_000);
              for (double value : doubles) {
                bytes.putDouble(value);
              }
              putHead(bytes, "y", "UINT16", 2500);
              bytes.putLong(5_000);
              for (short value : shorts) {
                bytes.putShort(value);
              }
            }));
  }

  @Test
  void takesAllThatIsNoNumberForOne() throws Exception {
    float[] other = {Float.intBitsToFloat(0xFFC00001)};
    for (ElementType type : List.of(ElementType.FP32, ElementType.FP16, ElementType.BF16)) {
      NamedTensor tensor = new NamedTensor("x", Tensor.of(Shape.of(1), other), type);
      assertThat(TensorDigest.of(List.of(tensor)))
          .isEqualTo(
              expected(bytes -> {
                putHead(bytes, "x", type.name(), 1);
                bytes.putLong(type.bytes());
                switch (type) {
                  case FP32 -> bytes.putInt(0x7FC00000);
                  case FP16 -> bytes.putShort((short) 0x7E00);
                  default -> bytes.putShort((short) 0x7FC0);
                }
              }));
    }
  }

  @Test
  void tellsWhereOneThingEndsAndTheNextBegins() {
    Tensor four = Tensor.of(Shape.of(4), new float[4]);
    List<String> digests =
        List.of(
            TensorDigest.of(List.of(new NamedTensor("x", four))),
            TensorDigest.of(List.of(new NamedTensor("xF", four))),
            TensorDigest.of(List.of(new NamedTensor("x", four.reshape(Shape.of(2, 2))))),
            TensorDigest.of(List.of(new NamedTensor("x", four.reshape(Shape.of(4, 1))))),
            TensorDigest.of(List.of()));
    assertThat(digests).doesNotHaveDuplicates();
  }
}
