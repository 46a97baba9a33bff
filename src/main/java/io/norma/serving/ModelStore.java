package io.norma.serving;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Keeps uploaded model files for good, across restarts. */
interface ModelStore extends ModelSource {
  /**
   * Keeps a file; it is durable when this returns.
   *
   * @param sha256 of the file, in hexadecimal
   * @return whether it is kept from now on; {@code false} if there is a file of that name and
   *     version already, which stays as it is
   */
  boolean put(String name, long version, String sha256, Path file) throws IOException;

  /** Checksum of the file of that name and version, if there is one. */
  Optional<String> sha256(String name, long version) throws IOException;

  /** Forgets a file; whether there was one. */
  boolean delete(String name, long version) throws IOException;
}
