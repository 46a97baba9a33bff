package io.norma.http.codec;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;

/** Real numbers of 16 bits, FP16 and BF16, from the wire to FP32 tensors and back. */
final class NarrowElements {
  private NarrowElements() {}

  /** An FP32 tensor from bytes, of which there are as many from the offset on as it needs. */
  static Tensor read(ElementType type, Shape shape, byte[] bytes, int offset) {
    RequestMemory.current().take((long) shape.size() * DataType.FP32.bytes());
    float[] wide = new float[shape.size()];
    ShortBuffer narrow =
        ByteBuffer.wrap(bytes, offset, wide.length * type.bytes())
            .order(ByteOrder.LITTLE_ENDIAN)
            .asShortBuffer();
    for (int i = 0; i < wide.length; i++) {
      wide[i] = type.widen(narrow.get(i));
    }
    return Tensor.of(shape, wide);
  }

  /** The 16 bits of each element, as INT16. */
  static Tensor bits(Tensor tensor, ElementType type) {
    RequestMemory.current().take((long) tensor.size() * type.bytes());
    short[] bits = new short[tensor.size()];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = type.narrow(tensor.floats()[tensor.offset() + i]);
    }
    return Tensor.of(DataType.INT16, tensor.shape(), bits, 0);
  }

  /** Each element as the nearest one that the type has. */
  static Tensor rounded(Tensor tensor, ElementType type) {
    RequestMemory.current().take((long) tensor.size() * DataType.FP32.bytes());
    float[] rounded = new float[tensor.size()];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = type.round(tensor.floats()[tensor.offset() + i]);
    }
    return Tensor.of(tensor.shape(), rounded);
  }
}
