package io.norma.models;

import io.norma.http.codec.SafetensorsFile;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.onnx.ImportResult;
import io.norma.onnx.restoration.Checkpoint;
import io.norma.onnx.restoration.CheckpointMismatchException;
import io.norma.onnx.restoration.Restoration;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A state dict in a safetensors file, as a checkpoint that a network is restored from. */
final class CheckpointFile implements Checkpoint {
  private final SafetensorsFile file;
  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  private CheckpointFile(SafetensorsFile file) {
    this.file = file;
    for (String name : file.names()) {
      try {
        shapes.put(name, Shape.of(file.shape(name)));
      } catch (IllegalArgumentException | ArithmeticException _) {
        // What no tensor here can have, no layer has.
      }
    }
  }

  /**
   * Restores a network.
   *
   * @param memory for the weights that are read meanwhile
   * @param deadline when it must be done
   * @throws ServingException.Invalid if the file is no safetensors file
   * @throws CheckpointMismatchException if it is another network's
   */
  static ImportResult restore(
      ImportResult imported, Path path, MemoryBudget memory, TimeLimit.Deadline deadline)
      throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return Restoration.restore(imported, new CheckpointFile(file), memory, deadline);
    }
  }

  @Override
  public Set<String> names() {
    return shapes.keySet();
  }

  @Override
  public Shape shape(String name) {
    Shape shape = shapes.get(name);
    if (shape == null) {
      throw new IllegalArgumentException("no tensor '" + name + "'");
    }
    return shape;
  }

  @Override
  public float[] elements(String name, int from, int to) {
    return file.elements(name, from, to);
  }
}
