package io.norma.onnx;

/** The file is not ONNX, is damaged, or contradicts the format's rules. */
public final class MalformedOnnxException extends OnnxImportException {
  private static final long serialVersionUID = 1L;

  MalformedOnnxException(String message) {
    super(message);
  }

  MalformedOnnxException(String message, Throwable cause) {
    super(message, cause);
  }
}
