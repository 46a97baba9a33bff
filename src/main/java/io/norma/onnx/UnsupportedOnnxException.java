package io.norma.onnx;

import java.util.List;
import java.util.stream.Collectors;

/** The file is sound ONNX, but parts of it are not supported: all of them are listed. */
public final class UnsupportedOnnxException extends OnnxImportException {
  private static final long serialVersionUID = 1L;

  private final transient List<UnsupportedPart> parts;

  UnsupportedOnnxException(List<UnsupportedPart> parts) {
    super(
        "the model uses what is not supported: "
            + parts.stream().map(UnsupportedPart::toString).collect(Collectors.joining("; ")));
    this.parts = List.copyOf(parts);
  }

  /** Everything that is not supported, in the file's order. */
  public List<UnsupportedPart> parts() {
    return parts;
  }
}
