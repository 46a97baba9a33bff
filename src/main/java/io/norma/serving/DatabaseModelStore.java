package io.norma.serving;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.serving.ModelFile.Origin;
import io.norma.store.ModelVersion;
import io.norma.store.StoreConflictException;
import io.norma.store.UploadedModel;
import io.norma.store.UploadedModels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Uploaded models in the database, where every replica finds them. */
final class DatabaseModelStore implements ModelStore {
  private final UploadedModels uploads;
  private final MemoryBudget heap;

  /**
   * @param heap for what the database keeps of a file until the change is complete
   */
  DatabaseModelStore(UploadedModels uploads, MemoryBudget heap) {
    this.uploads = uploads;
    this.heap = heap;
  }

  @Override
  public List<ModelFile> find() {
    return uploads.list().stream().map(this::file).toList();
  }

  private ModelFile file(UploadedModel model) {
    ModelVersion name = model.name();
    return new ModelFile(
        name.model(),
        name.version(),
        Origin.UPLOADED,
        model.sizeInBytes(),
        () -> uploads.open(name));
  }

  @Override
  public boolean put(String name, long version, String sha256, Path file) throws IOException {
    long bytes = Files.size(file);
    heap.reserve(bytes, 0);
    try (InputStream content = Files.newInputStream(file)) {
      return uploads.add(new ModelVersion(name, version), sha256, content, "");
    } catch (StoreConflictException _) {
      return false;
    } finally {
      heap.release(bytes);
    }
  }

  @Override
  public Optional<String> sha256(String name, long version) {
    return uploads.find(new ModelVersion(name, version)).map(UploadedModel::sha256);
  }

  @Override
  public boolean delete(String name, long version) {
    ModelVersion model = new ModelVersion(name, version);
    long bytes = uploads.find(model).map(UploadedModel::sizeInBytes).orElse(0L);
    heap.reserve(bytes, 0);
    try {
      return uploads.delete(model);
    } finally {
      heap.release(bytes);
    }
  }
}
