package io.norma.models;

import io.norma.serving.ModelConfig;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX file that a model version can be loaded from.
 *
 * @param bytes its size
 * @param sha256 of the network, where that is known before it is read
 * @param beside what lies beside it
 * @param config what is written about its model
 */
public record ModelFile(
    String name,
    long version,
    Origin origin,
    long bytes,
    @Nullable String sha256,
    Content content,
    Beside beside,
    Config config) {
  /** A file about whose model nothing is written. */
  public ModelFile(
      String name,
      long version,
      Origin origin,
      long bytes,
      @Nullable String sha256,
      Content content,
      Beside beside) {
    this(name, version, origin, bytes, sha256, content, beside, Config.NONE);
  }

  /** A file of which nobody has computed the checksum. */
  public ModelFile(
      String name, long version, Origin origin, long bytes, Content content, Beside beside) {
    this(name, version, origin, bytes, null, content, beside);
  }

  /** The same, with something else written about its model. */
  public ModelFile with(Config other) {
    return new ModelFile(name, version, origin, bytes, sha256, content, beside, other);
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

  /** What is written about a model. */
  @FunctionalInterface
  public interface Config {
    /** Nothing. */
    Config NONE = () -> ModelConfig.NONE;

    /**
     * Reads it.
     *
     * @throws ServingException if it cannot be understood
     */
    ModelConfig read();
  }

  /** The files beside a model's: weights that it keeps outside of itself, a checkpoint. */
  @FunctionalInterface
  public interface Beside {
    /** For a model that comes alone. */
    Beside NOTHING = name -> null;

    /**
     * Finds one.
     *
     * @param name a path below the model's folder, without {@code ..}
     */
    @Nullable Companion find(String name) throws IOException;
  }

  /**
   * A file beside a model's.
   *
   * @param path where it lies; {@code null} for one that is no file of this machine's
   */
  public record Companion(String name, long bytes, @Nullable Path path, Content content) {
    /** One that is a file of this machine's. */
    public static Companion of(String name, Path path) throws IOException {
      return new Companion(name, Files.size(path), path, () -> Files.newInputStream(path));
    }
  }
}
