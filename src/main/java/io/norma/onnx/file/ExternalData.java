package io.norma.onnx.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files beside a model that hold the elements of its larger tensors (ONNX, "External Tensor
 * Data"): {@code model.onnx.data} in most exports.
 */
@FunctionalInterface
public interface ExternalData {
  /** For a model that comes alone. */
  ExternalData NONE = location -> null;

  /**
   * Opens one file.
   *
   * @param location where it is: a path below the model's folder, with {@code /} between its parts,
   *     none of which is {@code ..}
   * @return to be closed by the caller; {@code null} if there is no such file
   */
  @Nullable FileChannel open(String location) throws IOException;

  /** The files in a folder, which is the model's own. */
  static ExternalData in(Path folder) {
    return location -> {
      Path file = folder.resolve(location);
      return Files.isRegularFile(file) ? FileChannel.open(file) : null;
    };
  }
}
