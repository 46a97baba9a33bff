package io.norma.models;

import io.norma.serving.ModelVersion;
import io.norma.serving.NetworkIdentity;
import io.norma.store.StoreConflictException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * Models that were uploaded, in the database so that every replica has them. The bytes lie in
 * chunks: both databases then keep them in ordinary rows, and neither needs the whole file in one
 * statement.
 */
public interface UploadedModels {
  /** The bytes of a file, from their beginning as often as they are asked for. */
  @FunctionalInterface
  interface Content {
    InputStream open() throws IOException;
  }

  /**
   * Keeps a model.
   *
   * @return whether it is new; false if the same bytes were there
   * @throws StoreConflictException if other bytes are there
   * @throws UncheckedIOException if the bytes cannot be read
   */
  boolean add(NetworkIdentity network, Content onnx, String uploadedBy);

  Optional<UploadedModel> find(ModelVersion name);

  /** All of them, by name and version. */
  List<UploadedModel> list();

  /** All versions of one model. */
  List<UploadedModel> list(String model);

  /**
   * The bytes of a model. The stream fails at its end if they are not those that were stored.
   *
   * @throws FileNotFoundException if they are not stored, or not any more
   */
  InputStream open(NetworkIdentity network) throws FileNotFoundException;

  /** Deletes a model with its running statistics and calibrations; says whether it was there. */
  boolean delete(NetworkIdentity network);
}
