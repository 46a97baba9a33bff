package io.norma.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where large bodies wait on the disk until they are read, so that memory need not hold them.
 *
 * <p>Each process has a folder of its own there, and locks a file in it for as long as it lives. A
 * folder that nobody locks is left from a process that was killed, and is deleted by the next that
 * starts.
 */
public final class IncomingFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IncomingFiles.class);
  private static final String LOCK = "in-use";
  private static final Duration TO_BE_LOCKED_WITHIN = Duration.ofMinutes(1);

  private final Path directory;
  private final Clock clock;
  private @Nullable Path own;
  private @Nullable FileChannel lock;

  public IncomingFiles(Path directory, Clock clock) {
    this.directory = directory;
    this.clock = clock;
  }

  /** Deletes what killed processes left. */
  public void sweep() {
    for (Path folder : children(directory)) {
      try {
        if (Files.isRegularFile(folder) || isLeft(folder)) {
          delete(folder);
          LOG.info("deleted {}, left from a process that was killed", folder);
        }
      } catch (IOException | UncheckedIOException e) {
        LOG.warn("{} is left from a process that was killed, and cannot be deleted", folder, e);
      }
    }
  }

  private boolean isLeft(Path folder) throws IOException {
    Path file = folder.resolve(LOCK);
    if (!Files.exists(file)) {
      Instant made = Files.getLastModifiedTime(folder).toInstant();
      return made.isBefore(clock.instant().minus(TO_BE_LOCKED_WITHIN));
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock free = channel.tryLock()) {
      return free != null;
    } catch (OverlappingFileLockException _) {
      // Another service in this very process.
      return false;
    }
  }

  private static List<Path> children(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** A new, empty file; who asks for it deletes it. */
  public Path create() throws IOException {
    return Files.createTempFile(folder(), "model", ".onnx");
  }

  /** The folder that is this process's own. */
  public synchronized Path folder() throws IOException {
    Path folder = own;
    if (folder == null || !Files.isDirectory(folder)) {
      Files.createDirectories(directory);
      folder = Files.createTempDirectory(directory, "process");
      lock =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      lock.lock();
      own = folder;
    }
    return folder;
  }

  @Override
  public synchronized void close() throws IOException {
    if (lock != null && own != null) {
      lock.close();
      if (Files.isDirectory(own)) {
        delete(own);
      }
      own = null;
    }
  }
}
