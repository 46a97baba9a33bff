package io.norma.onnx.file;

/** The file is not ONNX, is damaged, or contradicts the format's rules. */
public final class MalformedOnnxException extends OnnxImportException {
  private static final long serialVersionUID = 1L;

  public MalformedOnnxException(String message) {
    super(message);
  }

  public MalformedOnnxException(String message, Throwable cause) {
    super(message, cause);
  }
}
