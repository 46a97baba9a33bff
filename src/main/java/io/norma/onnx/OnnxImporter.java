package io.norma.onnx;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.onnx.file.OnnxFile;
import io.norma.onnx.file.OnnxImportException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads ONNX files. */
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
    return read(bytes, name, MemoryBudget.unlimited());
  }

  /**
   * Reads a model that is in memory or mapped, from the buffer's position to its limit.
   *
   * @param name what to call the network
   * @param folding bytes for the constants that are computed on import, until they are handed over
   * @throws OnnxImportException if the bytes are not a model that can be served
   */
  public static ImportResult read(ByteBuffer bytes, String name, MemoryBudget folding) {
    return GraphImport.read(OnnxFile.parse(bytes), name, folding);
  }

  /**
   * Reads a model of any size up to 2 GiB, the format's own limit. The stream is left open.
   *
   * @param name what to call the network
   * @throws OnnxImportException if the bytes are not a model that can be served
   * @throws IOException if the stream cannot be read
   */
  public static ImportResult read(InputStream bytes, String name) throws IOException {
    return read(bytes, name, MemoryBudget.unlimited());
  }

  /**
   * Reads a model of any size up to 2 GiB, the format's own limit. The stream is left open.
   *
   * @param name what to call the network
   * @param folding bytes for the constants that are computed on import, until they are handed over
   * @throws OnnxImportException if the bytes are not a model that can be served
   * @throws IOException if the stream cannot be read
   */
  public static ImportResult read(InputStream bytes, String name, MemoryBudget folding)
      throws IOException {
    return GraphImport.read(OnnxFile.parse(bytes), name, folding);
  }
}
