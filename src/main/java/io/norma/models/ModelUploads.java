package io.norma.models;

import io.norma.models.ModelFile.Origin;
import io.norma.models.ModelRepository.State;
import io.norma.models.configuration.ConfigText;
import io.norma.onnx.RestorationReport;
import io.norma.serving.ModelName;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import io.norma.store.StoreConflictException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Takes in models that are uploaded, and lets go of them. */
public final class ModelUploads {
  private final ModelRepository repository;
  private final ModelLoader loader;
  private final UploadedModelFiles store;
  private final NameLocks locks;
  private final int maxVersions;

  /**
   * @param maxVersions versions of models up to which others may be added
   */
  public ModelUploads(
      ModelRepository repository,
      ModelLoader loader,
      UploadedModelFiles store,
      NameLocks locks,
      int maxVersions) {
    this.maxVersions = maxVersions;
    this.repository = repository;
    this.loader = loader;
    this.store = store;
    this.locks = locks;
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
   * @throws ServingException if the files are no model that can be served, or the version has
   *     others already
   * @throws IOException if they cannot be read
   */
  public Upload upload(String name, long version, ReceivedModel received) throws IOException {
    ModelName.require(name);
    NetworkIdentity network =
        new NetworkIdentity(name, version, VersionFile.identity(received.files()));
    return locks.whileLocked(name, () -> take(network, received));
  }

  private Upload take(NetworkIdentity network, ReceivedModel received) throws IOException {
    String name = network.model();
    long version = network.version();
    Optional<ServedModel> same = sameOrConflict(network);
    if (same.isPresent()) {
      return new Upload(same.get(), false);
    }
    repository.requireRoom(name, version, maxVersions);
    repository.begin(name, version);
    try {
      ServedModel model =
          loader.load(
              received.modelFile(name, version, Origin.UPLOADED, network.sha256()),
              repository.warmth(name));
      requireAllUsed(model, received);
      boolean created = put(network, received);
      repository.publish(model);
      return new Upload(model, created);
    } finally {
      repository.breakOff(name, version);
    }
  }

  /** What nothing reads was sent by mistake: the data of another model, or another's checkpoint. */
  private static void requireAllUsed(ServedModel model, ReceivedModel received) {
    List<String> used = model.files().stream().map(VersionFile::name).toList();
    for (VersionFile file : received.files()) {
      if (file.name().equals(ConfigText.FILE)) {
        throw new ServingException.Invalid(
            "%s is about all versions of a model and no part of one: put it beside their folders in norma.models.directory, or load the model with parameters.config"
                .formatted(ConfigText.FILE));
      }
      if (!used.contains(file.name())) {
        throw new ServingException.Invalid(
            "the model has no tensor in '%s', which came with it; it is made of %s: send only those"
                .formatted(file.name(), used));
      }
    }
  }

  /**
   * Restores an uploaded model by a checkpoint, keeps that beside it, and serves the network that
   * is of both from then on, in place of the one before.
   *
   * @param received {@link VersionFile#CHECKPOINT} alone
   * @throws ServingException if there is no such upload, or the checkpoint is none of its network's
   * @throws IOException if a file cannot be read
   */
  public Upload restore(String name, long version, ReceivedModel received) throws IOException {
    return locks.whileLocked(name, () -> takeCheckpoint(uploaded(name, version), received));
  }

  private NetworkIdentity uploaded(String name, long version) {
    return store
        .network(name, version)
        .orElseThrow(() ->
            repository.find(name, version) == null
                ? notFound(name, version)
                : new ServingException.Conflict(
                    "model '%s' version %d was not uploaded; put the checkpoint beside its file, as %s, and load it anew"
                        .formatted(name, version, VersionFile.CHECKPOINT)));
  }

  private Upload takeCheckpoint(NetworkIdentity stored, ReceivedModel received) throws IOException {
    String name = stored.model();
    long version = stored.version();
    List<VersionFile> files = new ArrayList<>(store.stored(stored));
    VersionFile checkpoint = received.files().getFirst();
    if (files.contains(checkpoint)
        && repository.find(name, version) instanceof State.Ready(ServedModel served)
        && served.identity().equals(stored)) {
      return new Upload(served, false);
    }
    if (files.stream().anyMatch(file -> file.name().equals(VersionFile.CHECKPOINT))) {
      throw new ServingException.Conflict(
          "model '%s' version %d has a checkpoint already; upload the model with another one as another version, or delete this one first"
              .formatted(name, version));
    }
    files.add(checkpoint);
    NetworkIdentity network = new NetworkIdentity(name, version, VersionFile.identity(files));
    ModelFile file =
        store.extended(stored, network, received).orElseThrow(() -> notFound(name, version));
    ServedModel model = loader.load(file, repository.warmth(name));
    requireRestored(model);
    try {
      store.extend(stored, network, received);
    } catch (StoreConflictException e) {
      throw new ServingException.Conflict(String.valueOf(e.getMessage()));
    }
    repository.publish(model);
    return new Upload(model, true);
  }

  private static void requireRestored(ServedModel model) {
    RestorationReport restoration = model.report().restoration();
    if (restoration != null && restoration.restored().isEmpty()) {
      throw new ServingException.Conflict(
          "the checkpoint fits model '%s' version %d, but brings nothing back: %d of its %d layers have their weights as they are in the checkpoint%s"
              .formatted(
                  model.name(),
                  model.version(),
                  restoration.unfolded(),
                  restoration.layers(),
                  restoration.leftFolded().stream()
                      .limit(1)
                      .map(left -> ", and " + left.node() + " stays folded: " + left.reason())
                      .collect(Collectors.joining())));
    }
  }

  private boolean put(NetworkIdentity network, ReceivedModel received) {
    try {
      return store.put(network, received);
    } catch (StoreConflictException e) {
      throw new ServingException.Conflict(String.valueOf(e.getMessage()));
    }
  }

  /** The model that has these bytes and is served already. */
  private Optional<ServedModel> sameOrConflict(NetworkIdentity network) {
    if (repository.find(network.model(), network.version())
        instanceof State.Ready(ServedModel served)) {
      boolean isUpload = served.origin() == Origin.UPLOADED;
      // Of another replica's upload or deletion this one may not have heard yet.
      boolean isCurrent =
          !isUpload
              || store
                  .network(network.model(), network.version())
                  .equals(Optional.of(served.identity()));
      if (isCurrent && !served.identity().equals(network)) {
        throw conflict(network, served.identity().sha256());
      }
      return isCurrent ? Optional.of(served) : Optional.empty();
    }
    Optional<NetworkIdentity> stored = store.network(network.model(), network.version());
    if (stored.isPresent() && !stored.get().equals(network)) {
      throw conflict(network, stored.get().sha256());
    }
    return Optional.empty();
  }

  private static ServingException conflict(NetworkIdentity network, String there) {
    return new ServingException.Conflict(
        "model '%s' version %d has other bytes already: theirs have SHA-256 %s, these have %s; upload them as another version, or delete that one first"
            .formatted(network.model(), network.version(), there, network.sha256()));
  }

  /**
   * Deletes one uploaded version.
   *
   * @throws ServingException.NotFound if there is none
   * @throws ServingException.Conflict if it was not uploaded
   */
  public void delete(String name, long version) {
    locks.whileLocked(
        name,
        () -> {
          deleteLocked(name, version);
          return name;
        });
  }

  private void deleteLocked(String name, long version) {
    Optional<NetworkIdentity> stored = store.network(name, version);
    if (stored.isEmpty() || !store.delete(stored.get())) {
      // Another replica may have deleted it just now.
      if (repository.originOf(name, version) == Origin.UPLOADED) {
        repository.remove(name, version);
      } else if (repository.find(name, version) != null) {
        throw notUploaded(name, version);
      }
      throw notFound(name, version);
    }
    if (repository.originOf(name, version) == Origin.UPLOADED) {
      repository.remove(name, version);
    }
  }

  /**
   * Deletes all versions of a model.
   *
   * @throws ServingException.NotFound if there is none
   * @throws ServingException.Conflict if one of them was not uploaded; then all stay
   */
  public void delete(String name) {
    locks.whileLocked(
        name,
        () -> {
          Set<Long> versions = new TreeSet<>(repository.versions(name).keySet());
          for (long version : versions) {
            Origin origin = repository.originOf(name, version);
            if (origin != null && origin != Origin.UPLOADED) {
              throw notUploaded(name, version);
            }
          }
          for (long version : versions) {
            deleteLocked(name, version);
          }
          return name;
        });
  }

  private static ServingException notFound(String name, long version) {
    return new ServingException.NotFound(
        "Request for unknown model: '%s' version %d is not found".formatted(name, version));
  }

  private static ServingException notUploaded(String name, long version) {
    return new ServingException.Conflict(
        "model '%s' version %d was not uploaded and cannot be deleted; unload it instead"
            .formatted(name, version));
  }
}
