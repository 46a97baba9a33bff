package io.norma.store;

import java.nio.file.Path;

/** What is free on the disk that a directory lies on, and how much of it is not to be used. */
public final class DiskSpace {
  /** With less, H2 cannot write what it notes about itself. */
  private static final long LEAST = 1 << 20;

  private final Path directory;
  private final long kept;

  /**
   * @param kept bytes that are to stay free
   */
  public DiskSpace(Path directory, long kept) {
    this.directory = directory;
    this.kept = kept;
  }

  public Path directory() {
    return directory;
  }

  /** Bytes that this process may still write there. */
  public long free() {
    // Files.getFileStore would read the table of all mounts each time.
    return directory.toFile().getUsableSpace();
  }

  /** Bytes that are to stay free. */
  public long kept() {
    return kept;
  }

  /** Whether less is free than changes need. */
  public boolean isShort() {
    return free() < Math.max(kept, LEAST);
  }

  /** Refuses, before anything was changed, what would take more. */
  void require() {
    require(0);
  }

  /** As {@link #require()}, what takes so many bytes. */
  void require(long bytes) {
    long free = free();
    if (free - bytes < kept) {
      throw new DiskFullException(
          (bytes == 0
                  ? description(free)
                  : "the disk of %s has no room for %d bytes: %d are free, and %d are kept free"
                          .formatted(directory, bytes, free, kept)
                      + " (norma.database.min-free-bytes)")
              + "; nothing was changed",
          null);
    }
  }

  /** How it stands with it, in a sentence. */
  public String description() {
    return description(free());
  }

  private String description(long free) {
    if (free >= Math.max(kept, LEAST)) {
      return "the disk of %s was full; now %d bytes are free".formatted(directory, free);
    }
    return ("the disk of %s is full: %d bytes are free, and changes need %d"
            + " (norma.database.min-free-bytes); they go on once there is room")
        .formatted(directory, free, Math.max(kept, LEAST));
  }
}
