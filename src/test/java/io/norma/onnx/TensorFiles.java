package io.norma.onnx;

import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.proto.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the inputs and expected outputs that lie beside ONNX test models. */
final class TensorFiles {
  private TensorFiles() {}

  static Tensor read(Path file) throws IOException {
    return OnnxTensors.toTensor(TensorProto.parseFrom(Files.readAllBytes(file)));
  }

  /** The tensors of {@code prefix_0.pb}, {@code prefix_1.pb} and so on. */
  static List<Tensor> readAll(Path folder, String prefix) throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    Path file = folder.resolve(prefix + "_0.pb");
    while (Files.exists(file)) {
      tensors.add(read(file));
      file = folder.resolve(prefix + "_" + tensors.size() + ".pb");
    }
    return tensors;
  }

  /** The subfolders whose names begin so, sorted. */
  static List<Path> folders(Path parent, String prefix) throws IOException {
    try (var children = Files.list(parent)) {
      return children
          .filter(
              path -> Files.isDirectory(path) && path.getFileName().toString().startsWith(prefix))
          .sorted()
          .toList();
    }
  }
}
