package io.norma.http.codec;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Tensors of FP32 and FP64 from and to a stream, little-endian, through one small buffer: a large
 * tensor is never there as bytes.
 */
public final class TensorStream {
  private static final int CHUNK = 1 << 16;

  private final ByteBuffer buffer = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
  private long bytesRead;

  /**
   * Fills a tensor that nobody else has.
   *
   * @throws ServingException.Invalid if the stream ends before the tensor does
   */
  public Tensor read(DataType dataType, Shape shape, InputStream stream) throws IOException {
    RequestMemory.current().take((long) shape.size() * dataType.bytes());
    Tensor tensor = LargeArrays.shared().take(dataType, shape);
    int read = read(tensor, stream);
    if (read < tensor.size()) {
      throw new ServingException.Invalid(
          "the body ends too early: only %d bytes follow the JSON, within a tensor of %s%s"
              .formatted(bytesRead, dataType, shape));
    }
    return tensor;
  }

  /**
   * Fills a tensor from its first element on, until it is full or the stream ends.
   *
   * @return how many elements came
   * @throws ServingException.Invalid if the stream ends within an element
   */
  public int read(Tensor tensor, InputStream stream) throws IOException {
    int width = tensor.dataType().bytes();
    int count = 0;
    while (count < tensor.size()) {
      int wanted = Math.min(CHUNK / width, tensor.size() - count) * width;
      int bytes = stream.readNBytes(buffer.array(), 0, wanted);
      bytesRead += bytes;
      if (bytes % width != 0) {
        throw new ServingException.Invalid(
            "the body ends within an element: %d bytes follow the JSON, but each element of %s has"
                    .formatted(bytesRead, tensor.dataType())
                + " %d bytes".formatted(width));
      }
      buffer.clear().limit(bytes);
      int from = tensor.offset() + count;
      if (tensor.dataType() == DataType.FP32) {
        buffer.asFloatBuffer().get(tensor.floats(), from, bytes / width);
      } else {
        buffer.asDoubleBuffer().get(tensor.doubles(), from, bytes / width);
      }
      count += bytes / width;
      if (bytes < wanted) {
        break;
      }
    }
    return count;
  }

  /** How many bytes have been read from the stream. */
  public long bytesRead() {
    return bytesRead;
  }

  /** Writes all of a tensor. */
  public void write(Tensor tensor, OutputStream stream) throws IOException {
    int width = tensor.dataType().bytes();
    for (int i = 0; i < tensor.size(); i += CHUNK / width) {
      int count = Math.min(CHUNK / width, tensor.size() - i);
      buffer.clear();
      if (tensor.dataType() == DataType.FP32) {
        buffer.asFloatBuffer().put(tensor.floats(), tensor.offset() + i, count);
      } else {
        buffer.asDoubleBuffer().put(tensor.doubles(), tensor.offset() + i, count);
      }
      stream.write(buffer.array(), 0, count * width);
    }
  }
}
