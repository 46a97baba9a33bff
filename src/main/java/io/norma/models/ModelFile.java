package io.norma.models;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX file that a model version can be loaded from.
 *
 * @param bytes its size
 * @param sha256 of its bytes, in hexadecimal, where that is known before they are read
 */
public record ModelFile(
    String name,
    long version,
    Origin origin,
    long bytes,
    @Nullable String sha256,
    Content content) {
  /** A file of which nobody has computed the checksum. */
  public ModelFile(String name, long version, Origin origin, long bytes, Content content) {
    this(name, version, origin, bytes, null, content);
  }

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
