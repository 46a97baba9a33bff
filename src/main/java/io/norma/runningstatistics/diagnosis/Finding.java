package io.norma.runningstatistics.diagnosis;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that explains why training and evaluation differ, or that they do not.
 *
 * @param layer where it shows most; {@code null} where it is of no layer
 * @param layers all layers of which it holds, in the order that they are used in
 * @param message for who has to do something about it
 * @param numbers that the message is made of, by name; all are finite
 */
public record Finding(
    Code code,
    @Nullable String layer,
    List<String> layers,
    String message,
    Map<String, Number> numbers) {
  /** What it is. */
  public enum Code {
    /** A layer meets values that are not finite: nothing else can be told of what follows it. */
    NOT_FINITE,
    /** There are too few values to tell what chance does from what else there is. */
    BATCH_TOO_SMALL,
    /** Means are 0 and variances 1 throughout: they were never set. */
    UNSET_STATISTICS,
    /** The first layer already gets something else than what its statistics are of. */
    SHIFTED_INPUT,
    /** So few batches were counted that what the statistics began with is still in them. */
    MOMENTUM_NOT_CONVERGED,
    /** Statistics are not those of what their layers get in training. */
    STALE_STATISTICS,
    /** Channels that do not vary are divided by nearly nothing. */
    NEAR_ZERO_VARIANCE,
    /** Evaluation multiplies and adds others than training does. */
    OWN_GAMMA_AND_BETA,
    /** From some layer on the two put out something else. */
    MODES_PART,
    /** They put out the same, but for chance. */
    MODES_AGREE
  }

  public Finding {
    layers = List.copyOf(layers);
    numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
  }
}
