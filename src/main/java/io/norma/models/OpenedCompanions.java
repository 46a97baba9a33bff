package io.norma.models;

import io.norma.models.ModelFile.Companion;
import io.norma.onnx.file.ExternalData;
import io.norma.serving.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files beside a model's, while it is loaded. One that is no file of this machine's is written
 * to one meanwhile, for tensors are read in any order.
 */
final class OpenedCompanions implements ExternalData, AutoCloseable {
  private final ModelFile model;
  private final IncomingFiles incoming;
  private final ImportMemory memory;
  private final List<Path> written = new ArrayList<>();
  private final List<VersionFile> files = new ArrayList<>();

  OpenedCompanions(ModelFile model, IncomingFiles incoming, ImportMemory memory) {
    this.model = model;
    this.incoming = incoming;
    this.memory = memory;
  }

  @Override
  public @Nullable FileChannel open(String location) throws IOException {
    // The model's own names stand for one file each.
    if (location.equals(VersionFile.MODEL) || location.equals(VersionFile.CHECKPOINT)) {
      return null;
    }
    Companion companion = model.beside().find(location);
    if (companion == null) {
      return null;
    }
    memory.reserveForData(companion.bytes());
    return FileChannel.open(read(companion));
  }

  /** Where the checkpoint lies, or {@code null} if there is none. */
  @Nullable Path checkpoint() throws IOException {
    Companion companion = model.beside().find(VersionFile.CHECKPOINT);
    return companion == null ? null : read(companion);
  }

  private Path read(Companion companion) throws IOException {
    Path path = companion.path();
    MessageDigest digest = Sha256.digest();
    if (path == null) {
      path = incoming.create();
      written.add(path);
    }
    try (InputStream content = companion.content().open();
        OutputStream copy =
            companion.path() == null
                ? Files.newOutputStream(path)
                : OutputStream.nullOutputStream()) {
      content.transferTo(new DigestOutputStream(copy, digest));
    }
    files.add(
        new VersionFile(
            companion.name(), companion.bytes(), HexFormat.of().formatHex(digest.digest())));
    return path;
  }

  /** Those that were read. */
  Collection<VersionFile> files() {
    return files;
  }

  @Override
  public void close() throws IOException {
    for (Path path : written) {
      Files.deleteIfExists(path);
    }
  }
}
