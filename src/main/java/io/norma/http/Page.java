package io.norma.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A list, or as much of it as was asked for with {@code limit}.
 *
 * @param next the value of {@code after} or {@code before} for the next page; absent on the last
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Page<T>(List<T> items, @Nullable String next) {
  /** How many entries there are on one where nothing is said of it. */
  public static final String SIZE = "100";

  public static final int LARGEST = 1000;

  /** Larger than any number that a page could be asked for before. */
  public static final String NO_END = "9223372036854775807";

  /**
   * A page.
   *
   * @param found its entries, and one more if there is a next page
   * @param item what is told of an entry
   * @param key by which the last entry on the page is named when the next one is asked for
   */
  public static <S, T> Page<T> of(
      List<S> found, int limit, Function<S, T> item, Function<S, String> key) {
    return new Page<>(
        found.stream().limit(limit).map(item).toList(),
        found.size() > limit ? key.apply(found.get(limit - 1)) : null);
  }
}
