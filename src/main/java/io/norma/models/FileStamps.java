package io.norma.models;

import io.norma.models.configuration.ConfigText;
import io.norma.serving.ModelName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What the files of a model's versions looked like at one moment: by version, all that lies in its
 * folder and the model's configuration, which is about each of them.
 */
record FileStamps(SortedMap<Long, Set<String>> versions) {
  /** Of a model that is not there. */
  static final FileStamps NONE = new FileStamps(new TreeMap<>());

  /** Deeper than any model keeps its files. */
  private static final int DEPTH = 8;

  /**
   * Looks at a model's folder. Bytes are not read: a file is another if its size, its time or the
   * file system's number for it is.
   *
   * @throws IOException if it cannot be looked at, or changes meanwhile
   */
  static FileStamps of(Path model) throws IOException {
    TreeMap<Long, Set<String>> versions = new TreeMap<>();
    Set<String> config = new TreeSet<>();
    Path file = model.resolve(ConfigText.FILE);
    if (Files.exists(file)) {
      config.add(stamp(model, file));
    }
    try (Stream<Path> children = Files.list(model)) {
      for (Path child : (Iterable<Path>) children::iterator) {
        String name = child.getFileName().toString();
        if (ModelName.isVersion(name) && Files.isDirectory(child)) {
          Set<String> stamps = new TreeSet<>(config);
          addAll(model, child, stamps);
          versions.put(Long.parseLong(name), stamps);
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return new FileStamps(versions);
  }

  private static void addAll(Path model, Path version, Set<String> stamps) throws IOException {
    try (Stream<Path> tree = Files.walk(version, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
      for (Path path : (Iterable<Path>) tree::iterator) {
        if (Files.isRegularFile(path)) {
          stamps.add(stamp(model, path));
        }
      }
    }
  }

  private static String stamp(Path model, Path file) throws IOException {
    BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
    return "%s %d %s %s"
        .formatted(model.relativize(file), is.size(), is.lastModifiedTime(), is.fileKey());
  }

  /** Versions that are another in one of the two, or in one of them alone. */
  Set<Long> differences(FileStamps other) {
    Set<Long> different = new TreeSet<>(versions.keySet());
    different.addAll(other.versions.keySet());
    different.removeIf(version -> {
      Set<String> own = versions.get(version);
      return own != null && own.equals(other.versions.get(version));
    });
    return different;
  }
}
