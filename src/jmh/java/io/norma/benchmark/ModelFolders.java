package io.norma.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Folders with a {@code model.onnx}: the one that is named, or all that lie in it. */
public final class ModelFolders {
  private ModelFolders() {}

  public static List<Path> of(Path path) throws IOException {
    if (Files.exists(path.resolve("model.onnx"))) {
      return List.of(path);
    }
    try (Stream<Path> folders = Files.list(path)) {
      return folders.filter(f -> Files.exists(f.resolve("model.onnx"))).sorted().toList();
    }
  }
}
