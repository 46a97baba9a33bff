package io.norma.models;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.models.ModelFile.Origin;
import io.norma.serving.ModelVersion;
import io.norma.serving.NetworkIdentity;
import io.norma.store.StoreConflictException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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
    return uploads.list().stream().map(this::file).toList();
  }

  @Override
  public List<ModelFile> find(String name) {
    return uploads.list(name).stream().map(this::file).toList();
  }

  private ModelFile file(UploadedModel model) {
    NetworkIdentity network = model.network();
    return new ModelFile(
        network.model(),
        network.version(),
        Origin.UPLOADED,
        model.sizeInBytes(),
        network.sha256(),
        () -> uploads.open(network));
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
   * Keeps a file; it is durable when this returns.
   *
   * @return whether it was not kept before
   * @throws StoreConflictException if other bytes are kept under that name
   */
  boolean put(NetworkIdentity network, Path file) throws IOException {
    long bytes = Files.size(file);
    heap.reserve(bytes, 0);
    try {
      return uploads.add(network, () -> Files.newInputStream(file), "");
    } finally {
      heap.release(bytes);
    }
  }

  /** Forgets a file; whether there was one. */
  boolean delete(NetworkIdentity network) {
    long bytes = uploads.find(network.name()).map(UploadedModel::sizeInBytes).orElse(0L);
    heap.reserve(bytes, 0);
    try {
      return uploads.delete(network);
    } finally {
      heap.release(bytes);
    }
  }
}
