package io.norma.serving;

import io.norma.serving.ModelFile.Origin;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Uploads in Triton's layout in a directory of this process's own, each with its checksum beside
 * it. A version appears and disappears by the renaming of its folder, so it is never half there.
 */
final class DirectoryModelStore implements ModelStore {
  private static final String CHECKSUM = "model.onnx.sha256";

  private final Path models;
  private final Path staging;
  private final ModelDirectory files;

  DirectoryModelStore(Path directory) {
    models = directory.resolve("models");
    staging = directory.resolve("staging");
    files = new ModelDirectory(models, Origin.UPLOADED);
  }

  @Override
  public List<ModelFile> find() {
    return files.find();
  }

  @Override
  public List<ModelFile> find(String name) {
    return files.find(name);
  }

  @Override
  public boolean put(String name, long version, String sha256, Path file) throws IOException {
    Files.createDirectories(staging);
    Path folder = Files.createTempDirectory(staging, "upload");
    try {
      Path copy = folder.resolve(ModelDirectory.FILE);
      Files.copy(file, copy);
      Path checksum = folder.resolve(CHECKSUM);
      Files.writeString(checksum, sha256);
      force(copy);
      force(checksum);
      force(folder);
      Path model = models.resolve(ModelName.require(name));
      Path target = folder(name, version);
      Files.createDirectories(model);
      try {
        Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
        return false;
      } catch (FileSystemException e) {
        if (Files.exists(target)) {
          return false;
        }
        throw e;
      }
      force(model);
      force(models);
      return true;
    } finally {
      deleteFolder(folder);
    }
  }

  @Override
  public Optional<String> sha256(String name, long version) throws IOException {
    Path checksum = folder(name, version).resolve(CHECKSUM);
    return Files.exists(checksum) ? Optional.of(Files.readString(checksum)) : Optional.empty();
  }

  @Override
  public boolean delete(String name, long version) throws IOException {
    Path folder = folder(name, version);
    if (!Files.exists(folder)) {
      return false;
    }
    Files.createDirectories(staging);
    Path trash = Files.createTempDirectory(staging, "deleted");
    Path away = trash.resolve("version");
    Files.move(folder, away, StandardCopyOption.ATOMIC_MOVE);
    force(models.resolve(name));
    deleteFolder(away);
    Files.delete(trash);
    return true;
  }

  private Path folder(String name, long version) {
    return models.resolve(ModelName.require(name)).resolve(Long.toString(version));
  }

  private static void deleteFolder(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> children = Files.list(folder)) {
      for (Path child : children.toList()) {
        Files.delete(child);
      }
    }
    Files.delete(folder);
  }

  /** Makes what was written, or a directory's new entries, survive a loss of power. */
  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
