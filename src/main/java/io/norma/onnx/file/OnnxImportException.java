package io.norma.onnx.file;

/** A file could not be turned into a network; the message says why and what to do. */
public abstract sealed class OnnxImportException extends RuntimeException
    permits MalformedOnnxException, MissingDataException, UnsupportedOnnxException {
  private static final long serialVersionUID = 1L;

  OnnxImportException(String message) {
    super(message);
  }

  OnnxImportException(String message, Throwable cause) {
    super(message, cause);
  }
}
