package io.norma.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says, beside an H2 file, how many changes are in it. H2 opens a file that lost its end as it was
 * some changes before, in itself consistent: that something is missing can be told by nothing in
 * it.
 *
 * <p>It is written when a change is on disk, and not forced to the disk itself: it may be behind
 * the database, after a crash of the machine, and is never ahead of it.
 */
final class ChangesFile {
  private static final Logger LOG = LoggerFactory.getLogger(ChangesFile.class);
  private static final Pattern LINE = Pattern.compile("(\\S{36}) (\\d{19})\\R?");

  private final Path path;
  private @Nullable FileChannel channel;
  private String database = "";
  private long highest = -1;

  ChangesFile(Path path) {
    this.path = path;
  }

  /**
   * What it says.
   *
   * @param database which one
   * @param changes how many are in it at least
   */
  record Entry(String database, long changes) {}

  Path path() {
    return path;
  }

  /** What it says, if there is one and it can be understood. */
  Optional<Entry> read() {
    try {
      if (!Files.exists(path)) {
        return Optional.empty();
      }
      Matcher line = LINE.matcher(Files.readString(path, StandardCharsets.ISO_8859_1));
      if (line.matches()) {
        return Optional.of(new Entry(line.group(1), Long.parseLong(line.group(2))));
      }
      // As a crash of the machine may leave it.
      LOG.warn("{} cannot be understood: whether changes are missing is not known", path);
    } catch (IOException | NumberFormatException e) {
      LOG.warn("{} cannot be read: whether changes are missing is not known", path, e);
    }
    return Optional.empty();
  }

  /** Begins anew with what a database has. */
  synchronized void begin(Entry entry) {
    database = entry.database();
    highest = -1;
    note(entry.changes());
  }

  /** Notes that so many changes are on disk; those that came before are, too. */
  synchronized void note(long changes) {
    if (changes <= highest) {
      return;
    }
    byte[] line =
        String.format(Locale.ROOT, "%s %019d%n", database, changes)
            .getBytes(StandardCharsets.ISO_8859_1);
    try {
      if (channel == null) {
        channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      }
      int _ = channel.write(ByteBuffer.wrap(line), 0);
      highest = changes;
    } catch (IOException e) {
      // The next one says it all.
      LOG.warn("{} cannot be written", path, e);
    }
  }

  synchronized void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }
}
