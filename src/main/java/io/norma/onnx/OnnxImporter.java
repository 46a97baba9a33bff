package io.norma.onnx;

import io.norma.kernel.tensor.LimitException;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.onnx.file.ExternalData;
import io.norma.onnx.file.ExternalTensors;
import io.norma.onnx.file.OnnxFile;
import io.norma.onnx.file.OnnxImportException;
import io.norma.onnx.proto.ModelProto;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads ONNX files. A model that comes as bytes alone is refused if it keeps tensors in other
 * files.
 */
public final class OnnxImporter {
  private OnnxImporter() {}

  /**
   * Reads a model that is in memory; its bytes are not copied before they become tensors.
   *
   * @param name what to call the network
   * @throws OnnxImportException if the bytes are not a model that can be served
   */
  public static ImportResult read(byte[] bytes, String name) {
    return read(ByteBuffer.wrap(bytes), name);
  }

  /**
   * Reads a model that is in memory or mapped, from the buffer's position to its limit.
   *
   * @param name what to call the network
   * @throws OnnxImportException if the bytes are not a model that can be served
   */
  public static ImportResult read(ByteBuffer bytes, String name) {
    return read(bytes, name, ImportLimits.none());
  }

  /**
   * Reads a model that is in memory or mapped, from the buffer's position to its limit.
   *
   * @param name what to call the network
   * @param memory for what is computed on import, until it is handed over
   * @throws OnnxImportException if the bytes are not a model that can be served
   */
  public static ImportResult read(ByteBuffer bytes, String name, MemoryBudget memory) {
    return read(bytes, name, ImportLimits.of(memory));
  }

  /**
   * Reads a model that is in memory or mapped, from the buffer's position to its limit.
   *
   * @param name what to call the network
   * @throws OnnxImportException if the bytes are not a model that can be served
   * @throws LimitException if it takes more than the limits allow
   */
  public static ImportResult read(ByteBuffer bytes, String name, ImportLimits limits) {
    ModelProto model = OnnxFile.parse(bytes);
    try (ExternalTensors none = new ExternalTensors(ExternalData.NONE)) {
      return GraphImport.read(none.resolve(model), name, limits);
    } catch (IOException e) {
      throw new UncheckedIOException("there is no file to be read", e);
    }
  }

  /**
   * Reads a model of any size up to 2 GiB, the format's own limit. The stream is left open.
   *
   * @param name what to call the network
   * @throws OnnxImportException if the bytes are not a model that can be served
   * @throws IOException if the stream cannot be read
   */
  public static ImportResult read(InputStream bytes, String name) throws IOException {
    return read(bytes, name, ImportLimits.none(), ExternalData.NONE);
  }

  /**
   * Reads a model with the files beside it that hold its larger tensors.
   *
   * @param name what to call the network
   * @throws OnnxImportException if it is not a model that can be served, or a file is missing
   * @throws IOException if a file cannot be read
   */
  public static ImportResult read(Path file, String name) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    ExternalData data = folder == null ? ExternalData.NONE : ExternalData.in(folder);
    try (InputStream bytes = Files.newInputStream(file)) {
      return read(bytes, name, ImportLimits.none(), data);
    }
  }

  /**
   * Reads a model of any size up to 2 GiB, the format's own limit. The stream is left open.
   *
   * @param name what to call the network
   * @param data the files that hold its larger tensors, of any size
   * @throws OnnxImportException if the bytes are not a model that can be served, or a file is
   *     missing
   * @throws LimitException if it takes more than the limits allow
   * @throws IOException if the stream or a file cannot be read
   */
  public static ImportResult read(
      InputStream bytes, String name, ImportLimits limits, ExternalData data) throws IOException {
    ModelProto model = OnnxFile.parse(bytes);
    try (ExternalTensors tensors = new ExternalTensors(data)) {
      return GraphImport.read(tensors.resolve(model), name, limits);
    }
  }
}
