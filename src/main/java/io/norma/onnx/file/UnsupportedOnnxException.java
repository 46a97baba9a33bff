package io.norma.onnx.file;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The file is sound ONNX, but parts of it are not supported: all of them are listed, or the first.
 */
public final class UnsupportedOnnxException extends OnnxImportException {
  private static final long serialVersionUID = 1L;

  private final transient List<UnsupportedPart> parts;

  /**
   * @param more how many there are besides
   */
  public UnsupportedOnnxException(List<UnsupportedPart> parts, int more) {
    super(
        "the model uses what is not supported: "
            + parts.stream().map(UnsupportedPart::toString).collect(Collectors.joining("; "))
            + (more > 0 ? "; and " + more + " more" : ""));
    this.parts = List.copyOf(parts);
  }

  /** What is not supported, in the file's order. */
  public List<UnsupportedPart> parts() {
    return parts;
  }
}
