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
 * chunks: both databases then keep them in ordinary rows, and neither needs a whole file in one
 * statement.
 */
public interface UploadedModels {
  /** The bytes of a file, from their beginning as often as they are asked for. */
  @FunctionalInterface
  interface Content {
    InputStream open() throws IOException;
  }

  /** A file that is to be kept. */
  record NewFile(VersionFile file, Content content) {}

  /**
   * Keeps a model.
   *
   * @param files all that it is made of
   * @return whether it is new; false if the same bytes were there
   * @throws StoreConflictException if other bytes are there
   * @throws UncheckedIOException if the bytes cannot be read
   */
  boolean add(NetworkIdentity network, List<NewFile> files, String uploadedBy);

  /**
   * Adds a file to a model, which is another network from then on.
   *
   * @throws StoreConflictException if it is not the network that is stored
   * @throws UncheckedIOException if the bytes cannot be read
   */
  void extend(NetworkIdentity before, NetworkIdentity after, NewFile file);

  Optional<UploadedModel> find(ModelVersion name);

  /** All of them, by name and version. */
  List<UploadedModel> list();

  /** All versions of one model. */
  List<UploadedModel> list(String model);

  /** What a model is made of, by name; nothing if it is not stored, or not any more. */
  List<VersionFile> files(NetworkIdentity network);

  /**
   * The bytes of a file. The stream fails at its end if they are not those that were stored.
   *
   * @throws FileNotFoundException if they are not stored, or not any more
   */
  InputStream open(NetworkIdentity network, String file) throws FileNotFoundException;

  /** Deletes a model with its running statistics and calibrations; says whether it was there. */
  boolean delete(NetworkIdentity network);
}
