package io.norma.serving;

import io.norma.serving.ModelFile.Origin;
import io.norma.serving.ModelRepository.State;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** Takes in models that are uploaded, and lets go of them. */
public final class ModelUploads {
  private final ModelRepository repository;
  private final ModelLoader loader;
  private final ModelStore store;
  private final IncomingFiles incoming;

  ModelUploads(
      ModelRepository repository, ModelLoader loader, ModelStore store, IncomingFiles incoming) {
    this.repository = repository;
    this.loader = loader;
    this.store = store;
    this.incoming = incoming;
  }

  /**
   * What became of an upload.
   *
   * @param created whether it was not there before
   */
  public record Upload(ServedModel model, boolean created) {}

  /**
   * Imports, warms, keeps and serves a model; while it does, others are served as before. Once this
   * returns, the upload survives a crash.
   *
   * @throws ServingException if the bytes are no model that can be served, or the version has other
   *     bytes already
   * @throws IOException if the body cannot be read, or the disk not be written
   */
  public Upload upload(String name, long version, InputStream body) throws IOException {
    ModelName.require(name);
    Path file = incoming.create();
    try {
      String sha256 = receive(body, file);
      Optional<ServedModel> same = sameOrConflict(name, version, sha256);
      if (same.isPresent()) {
        return new Upload(same.get(), false);
      }
      repository.begin(name, version);
      ServedModel model =
          loader.load(
              new ModelFile(
                  name,
                  version,
                  Origin.UPLOADED,
                  Files.size(file),
                  () -> Files.newInputStream(file)));
      boolean created = store.put(name, version, sha256, file);
      if (!created && !store.sha256(name, version).equals(Optional.of(sha256))) {
        throw conflict(name, version);
      }
      repository.publish(model);
      return new Upload(model, created);
    } finally {
      repository.breakOff(name, version);
      Files.deleteIfExists(file);
    }
  }

  private static String receive(InputStream body, Path file) throws IOException {
    MessageDigest digest = ModelLoader.sha256();
    try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), digest)) {
      body.transferTo(out);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The model that has these bytes and is served already. */
  private Optional<ServedModel> sameOrConflict(String name, long version, String sha256)
      throws IOException {
    if (repository.find(name, version) instanceof State.Ready(ServedModel served)) {
      if (!served.sha256().equals(sha256)) {
        throw conflict(name, version);
      }
      return Optional.of(served);
    }
    Optional<String> stored = store.sha256(name, version);
    if (stored.isPresent() && !stored.get().equals(sha256)) {
      throw conflict(name, version);
    }
    return Optional.empty();
  }

  private static ServingException conflict(String name, long version) {
    return new ServingException.Conflict(
        "model '%s' has a version %d of other bytes already; upload it as another version, or delete that one first"
            .formatted(name, version));
  }

  /**
   * Deletes one uploaded version.
   *
   * @throws ServingException.NotFound if there is none
   * @throws ServingException.Conflict if it was not uploaded
   */
  public void delete(String name, long version) throws IOException {
    State state = repository.find(name, version);
    if (!store.delete(name, version)) {
      if (state == null) {
        throw new ServingException.NotFound(
            "Request for unknown model: '%s' version %d is not found".formatted(name, version));
      }
      throw notUploaded(name, version);
    }
    repository.remove(name, version);
  }

  /**
   * Deletes all versions of a model.
   *
   * @throws ServingException.NotFound if there is none
   * @throws ServingException.Conflict if one of them was not uploaded; then all stay
   */
  public void delete(String name) throws IOException {
    SortedMap<Long, State> versions = repository.versions(name);
    for (Map.Entry<Long, State> version : versions.entrySet()) {
      if (store.sha256(name, version.getKey()).isEmpty()) {
        throw notUploaded(name, version.getKey());
      }
    }
    for (long version : versions.keySet()) {
      delete(name, version);
    }
  }

  private static ServingException notUploaded(String name, long version) {
    return new ServingException.Conflict(
        "model '%s' version %d was not uploaded and cannot be deleted; unload it instead"
            .formatted(name, version));
  }
}
