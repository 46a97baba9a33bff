package io.norma.http.codec;

import io.norma.serving.ServingException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file of any size, mapped rather than read. Only its tensors of real numbers are
 * there: F32, F64, F16 and BF16.
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final int HEAD = 64;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment bytes;
  private final Map<String, SafetensorsHeader.Entry> entries = new LinkedHashMap<>();

  private SafetensorsFile(FileChannel file) throws IOException {
    for (SafetensorsHeader.Entry entry : SafetensorsHeader.read(file)) {
      if (SafetensorsElements.of(entry.type(), ByteBuffer.allocate(0)) != null) {
        entries.put(entry.name(), entry);
      }
    }
    bytes = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
  }

  /**
   * Opens a file.
   *
   * @throws ServingException.Invalid if it is none; where it is another format that is known, with
   *     what to do
   */
  public static SafetensorsFile open(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path)) {
      ByteBuffer head = ByteBuffer.allocate(HEAD);
      int read = file.read(head, 0);
      NamedArrays.requireNoOther(Arrays.copyOf(head.array(), Math.max(0, read)));
      return new SafetensorsFile(file);
    }
  }

  /** The names of its tensors of real numbers. */
  public Set<String> names() {
    return entries.keySet();
  }

  /** A tensor's extents, the outermost first. */
  public List<Long> shape(String name) {
    return entry(name).shape();
  }

  /** A tensor's elements from one position to another, the last axis running fastest. */
  public float[] elements(String name, int from, int to) {
    SafetensorsHeader.Entry entry = entry(name);
    long width = entry.length() / count(entry);
    ByteBuffer part =
        bytes.asSlice(entry.offset() + from * width, (to - from) * width).asByteBuffer();
    @Nullable IntToDoubleFunction elements = SafetensorsElements.of(entry.type(), part);
    float[] floats = new float[to - from];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) Objects.requireNonNull(elements).applyAsDouble(i);
    }
    return floats;
  }

  private static long count(SafetensorsHeader.Entry entry) {
    return Math.max(
        1, entry.shape().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b));
  }

  private SafetensorsHeader.Entry entry(String name) {
    SafetensorsHeader.Entry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("no tensor '" + name + "'");
    }
    return entry;
  }

  @Override
  public void close() {
    arena.close();
  }
}
