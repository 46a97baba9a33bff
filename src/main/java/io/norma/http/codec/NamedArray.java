package io.norma.http.codec;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An array in a file that names its arrays.
 *
 * @param type in the words of safetensors where they have one: {@code F32}
 * @param shape outermost extent first
 * @param reader gives the elements by their position, the last axis running fastest; {@code null}
 *     where they are no real numbers. What it costs, it costs when it is asked
 */
public record NamedArray(
    String name, String type, List<Long> shape, Supplier<@Nullable IntToDoubleFunction> reader) {
  public NamedArray {
    shape = List.copyOf(shape);
  }

  /** Of a tensor in a safetensors file. */
  public static NamedArray of(SafetensorsHeader.Entry entry, byte[] body) {
    return new NamedArray(
        entry.name(), entry.type(), entry.shape(), () -> SafetensorsElements.of(entry, body));
  }

  /** The elements, or {@code null} if they are no real numbers. */
  public @Nullable IntToDoubleFunction elements() {
    return reader.get();
  }
}
