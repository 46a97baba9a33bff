package io.norma.normalization;

import io.norma.store.KeyedChange;
import io.norma.store.StoreConflictException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Normalizers and what they remember. Changes of one normalizer come one after the other, whichever
 * replica they come to; each counts once, however often it is sent with its key.
 */
public interface NormalizerStore {
  /**
   * A change that is part of the normalizer for good.
   *
   * @param normalizer as it was right after the change
   * @param repeated whether the change had been made before, under the same key
   */
  record Change(StoredNormalizer normalizer, boolean repeated) {}

  /** Adds a normalizer; says whether there was none of that name. */
  boolean create(StoredNormalizer normalizer);

  Optional<StoredNormalizer> find(String name);

  /**
   * Normalizers by name.
   *
   * @param after only those that come after this name
   */
  List<StoredNormalizer> list(String after, int limit);

  /** Deletes a normalizer; says whether it was there. */
  boolean delete(String name);

  /**
   * Changes what a normalizer remembers.
   *
   * @param key under which the change is made once only, {@code null} to make it in any case
   * @param change makes the new state
   * @throws StoreConflictException if there is no such normalizer, or the key came with another
   *     change before
   */
  Change change(
      String name, @Nullable KeyedChange key, Function<StoredNormalizer, NormalizerState> change);

  /**
   * As {@link #change}, with moments from elsewhere: the audit tells of it. Of batches that the
   * service normalizes itself it does not.
   */
  Change merge(
      String name, @Nullable KeyedChange key, Function<StoredNormalizer, NormalizerState> merge);
}
