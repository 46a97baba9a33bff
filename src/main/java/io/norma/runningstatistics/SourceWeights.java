package io.norma.runningstatistics;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Weights that came along with running statistics. They tell whether the running statistics are
 * those of the network that is served; but for γ and β, which a set may bring, they are not taken.
 */
public interface SourceWeights {
  /** γ of a batch normalization, or {@code null} if it did not come along. */
  @Nullable SourceWeight gamma(String layer);

  /** β of a batch normalization, or {@code null} if it did not come along. */
  @Nullable SourceWeight beta(String layer);

  /** ε of a batch normalization, if it came along. */
  OptionalDouble epsilon(String layer);

  /** Another parameter by its name, or {@code null} if it is no tensor of real numbers. */
  @Nullable SourceWeight parameter(String name);

  /** Nothing came along. */
  static SourceWeights none() {
    return new SourceWeights() {
      @Override
      public @Nullable SourceWeight gamma(String layer) {
        return null;
      }

      @Override
      public @Nullable SourceWeight beta(String layer) {
        return null;
      }

      @Override
      public OptionalDouble epsilon(String layer) {
        return OptionalDouble.empty();
      }

      @Override
      public @Nullable SourceWeight parameter(String name) {
        return null;
      }
    };
  }
}
