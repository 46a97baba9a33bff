package io.norma.models;

import io.norma.serving.ServingException;
import io.norma.serving.Sha256;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of a model that came over HTTP, on the disk until somebody has read them; {@link
 * #close} deletes them.
 */
public final class ReceivedModel implements AutoCloseable {
  /** More than any exporter writes, and few enough to be looked for one by one. */
  private static final int MOST_FILES = 1000;

  private static final int LONGEST_NAME = 512;

  private final IncomingFiles incoming;
  private final Map<String, Path> paths = new LinkedHashMap<>();
  private final Map<String, VersionFile> files = new LinkedHashMap<>();

  public ReceivedModel(IncomingFiles incoming) {
    this.incoming = incoming;
  }

  /** Writes the bytes of a file. */
  @FunctionalInterface
  public interface Writer {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Takes one file.
   *
   * @param name as {@link VersionFile} has it
   * @throws ServingException.Invalid if there is one of this name already, or too many, or the name
   *     is none
   */
  public void receive(String name, Writer content) throws IOException {
    requireName(name);
    if (paths.size() == MOST_FILES) {
      throw new ServingException.Invalid(
          "more than %d files came; a model has its own and those that its tensors lie in"
              .formatted(MOST_FILES));
    }
    Path path = incoming.create();
    paths.put(name, path);
    MessageDigest digest = Sha256.digest();
    try (OutputStream out =
        new BufferedOutputStream(
            new DigestOutputStream(Files.newOutputStream(path), digest), 1 << 16)) {
      content.writeTo(out);
    }
    files.put(
        name, new VersionFile(name, Files.size(path), HexFormat.of().formatHex(digest.digest())));
  }

  private void requireName(String name) {
    if (name.isEmpty()
        || name.length() > LONGEST_NAME
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new ServingException.Invalid(
          "the name of a file must have 1 to %d characters, none of them a control character; one has %d"
              .formatted(LONGEST_NAME, name.length()));
    }
    if (paths.containsKey(name)) {
      throw new ServingException.Invalid("the file '" + name + "' came twice; send it once");
    }
  }

  /** What came. */
  public List<VersionFile> files() {
    return List.copyOf(files.values());
  }

  /** Whether a file of this name came. */
  public boolean has(String name) {
    return files.containsKey(name);
  }

  /** One of those that came. */
  InputStream open(String name) throws IOException {
    return Files.newInputStream(path(name));
  }

  private Path path(String name) {
    Path path = paths.get(name);
    if (path == null) {
      throw new IllegalArgumentException("no file '" + name + "' came");
    }
    return path;
  }

  /** The model, with what came beside it. */
  public ModelFile modelFile(
      String model, long version, ModelFile.Origin origin, @Nullable String sha256)
      throws IOException {
    Path onnx = path(VersionFile.MODEL);
    return new ModelFile(
        model,
        version,
        origin,
        Files.size(onnx),
        sha256,
        () -> Files.newInputStream(onnx),
        this::companion);
  }

  ModelFile.@Nullable Companion companion(String name) throws IOException {
    Path path = paths.get(name);
    return path == null ? null : ModelFile.Companion.of(name, path);
  }

  @Override
  public void close() throws IOException {
    for (Path path : paths.values()) {
      Files.deleteIfExists(path);
    }
  }
}
