package io.norma.store;

import io.norma.kernel.tensor.Tensor;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code Idempotency-Key} that a client sends with a change, so that it may send it again. */
public final class IdempotencyKey {
  private static final String HEADER = "Idempotency-Key";
  private static final int LONGEST = 255;

  private IdempotencyKey() {}

  /**
   * A change by its key and by what it consists of.
   *
   * @return {@code null} without a key
   * @throws ServingException.InvalidField if the key is blank or too long
   */
  public static @Nullable KeyedChange of(@Nullable String key, @Nullable Tensor... parts) {
    if (key == null) {
      return null;
    }
    Fingerprint fingerprint = new Fingerprint();
    for (Tensor part : parts) {
      fingerprint.add(part);
    }
    return new KeyedChange(require(key), fingerprint.value());
  }

  /** As above, for a batch of named tensors, whatever their order. */
  public static @Nullable KeyedChange of(@Nullable String key, InferenceRequest batch) {
    if (key == null) {
      return null;
    }
    return of(
        key,
        batch.inputs().stream()
            .sorted((one, other) -> one.name().compareTo(other.name()))
            .toList());
  }

  /** As above, for named tensors in this order. */
  public static @Nullable KeyedChange of(@Nullable String key, List<NamedTensor> parts) {
    if (key == null) {
      return null;
    }
    Fingerprint fingerprint = new Fingerprint();
    for (NamedTensor part : parts) {
      fingerprint.add(part.name()).add(part.tensor());
    }
    return new KeyedChange(require(key), fingerprint.value());
  }

  private static String require(String key) {
    if (key.isBlank() || key.length() > LONGEST) {
      throw new ServingException.InvalidField(
          HEADER,
          "'%s': must have 1 to %d characters, but has %d"
              .formatted(HEADER, LONGEST, key.length()));
    }
    return key;
  }
}
