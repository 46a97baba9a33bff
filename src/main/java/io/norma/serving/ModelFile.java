package io.norma.serving;

import java.io.IOException;
import java.io.InputStream;

/**
 * An ONNX file that a model version can be loaded from.
 *
 * @param bytes its size
 */
public record ModelFile(String name, long version, Origin origin, long bytes, Content content) {
  /** Where a file came from. */
  public enum Origin {
    /** Inside the program. */
    BUNDLED,
    /** The directory that the settings name. */
    DIRECTORY,
    /** An upload, kept by this service. */
    UPLOADED,
    /** The body of a request to load it; forgotten when it is unloaded. */
    REQUEST
  }

  /** The bytes, as often as they are asked for. */
  @FunctionalInterface
  public interface Content {
    InputStream open() throws IOException;
  }
}
