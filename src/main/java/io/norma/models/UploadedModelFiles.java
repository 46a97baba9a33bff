package io.norma.models;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.models.ModelFile.Origin;
import io.norma.models.UploadedModels.NewFile;
import io.norma.serving.Actor;
import io.norma.serving.ModelVersion;
import io.norma.serving.NetworkIdentity;
import io.norma.store.StoreConflictException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Uploaded models in the database, where every replica finds them. */
public final class UploadedModelFiles implements ModelSource {
  private final UploadedModels uploads;
  private final MemoryBudget heap;

  /**
   * @param heap for what the database keeps of a file until the change is complete
   */
  public UploadedModelFiles(UploadedModels uploads, MemoryBudget heap) {
    this.uploads = uploads;
    this.heap = heap;
  }

  @Override
  public List<ModelFile> find() {
    return files(uploads.list());
  }

  @Override
  public List<ModelFile> find(String name) {
    return files(uploads.list(name));
  }

  private List<ModelFile> files(List<UploadedModel> models) {
    return models.stream().map(UploadedModel::network).flatMap(this::files).toList();
  }

  /** The model's file, if it has not been deleted meanwhile. */
  private Stream<ModelFile> files(NetworkIdentity network) {
    List<VersionFile> stored = stored(network);
    return stored.stream()
        .filter(file -> file.name().equals(VersionFile.MODEL))
        .map(onnx -> file(network, network, onnx, name -> companion(network, stored, name)));
  }

  private ModelFile file(
      NetworkIdentity stored, NetworkIdentity network, VersionFile onnx, ModelFile.Beside beside) {
    return new ModelFile(
        network.model(),
        network.version(),
        Origin.UPLOADED,
        onnx.bytes(),
        network.sha256(),
        () -> uploads.open(stored, VersionFile.MODEL),
        beside);
  }

  /** What a network is made of; nothing if it is not stored, or not any more. */
  List<VersionFile> stored(NetworkIdentity network) {
    return uploads.files(network);
  }

  /** The file of a stored network as it is with others beside it, if it has not been deleted. */
  Optional<ModelFile> extended(
      NetworkIdentity stored, NetworkIdentity extended, ReceivedModel others) {
    List<VersionFile> files = stored(stored);
    return files.stream()
        .filter(file -> file.name().equals(VersionFile.MODEL))
        .map(onnx ->
            file(
                stored,
                extended,
                onnx,
                name -> others.has(name) ? others.companion(name) : companion(stored, files, name)))
        .findFirst();
  }

  private ModelFile.@Nullable Companion companion(
      NetworkIdentity network, List<VersionFile> stored, String name) {
    for (VersionFile file : stored) {
      if (file.name().equals(name)) {
        return new ModelFile.Companion(name, file.bytes(), null, () -> uploads.open(network, name));
      }
    }
    return null;
  }

  /** The networks that are stored. */
  List<NetworkIdentity> networks() {
    return uploads.list().stream().map(UploadedModel::network).toList();
  }

  /** The network that is stored under this name. */
  Optional<NetworkIdentity> network(String name, long version) {
    return uploads.find(new ModelVersion(name, version)).map(UploadedModel::network);
  }

  /**
   * Keeps a model; it is durable when this returns.
   *
   * @return whether it was not kept before
   * @throws StoreConflictException if other bytes are kept under that name
   */
  boolean put(NetworkIdentity network, ReceivedModel received) {
    List<NewFile> files =
        received.files().stream()
            .map(file -> new NewFile(file, () -> received.open(file.name())))
            .toList();
    return whileReserved(
        received.files().stream().mapToLong(VersionFile::bytes).sum(),
        () -> uploads.add(network, files, Actor.current().principal()));
  }

  /**
   * Keeps another file of a model, which is another network with it; it is durable when this
   * returns.
   *
   * @throws StoreConflictException if the network is not kept any more
   */
  void extend(NetworkIdentity before, NetworkIdentity after, ReceivedModel added) {
    for (VersionFile file : added.files()) {
      whileReserved(
          file.bytes(),
          () -> {
            uploads.extend(before, after, new NewFile(file, () -> added.open(file.name())));
            return true;
          });
    }
  }

  /** Forgets a file; whether there was one. */
  boolean delete(NetworkIdentity network) {
    return whileReserved(
        uploads.find(network.name()).map(UploadedModel::sizeInBytes).orElse(0L),
        () -> uploads.delete(network));
  }

  private boolean whileReserved(long bytes, BooleanSupplier change) {
    heap.reserve(bytes, 0);
    try {
      return change.getAsBoolean();
    } finally {
      heap.release(bytes);
    }
  }
}
