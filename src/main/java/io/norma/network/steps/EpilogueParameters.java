package io.norma.network.steps;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.MultiplyAdd;
import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BoundNormalization;
import io.norma.network.Normalization;
import io.norma.network.RowStatistics;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Epilogue} is made of before a run binds it to running statistics: {@code
 * activation(scale·(sum + bias) + shift + residual)}.
 *
 * @param channels C
 * @param bias per channel; {@code null} for none
 * @param normalization position in {@link Network#batchNormalizations()}, or {@link #NONE}
 */
public record EpilogueParameters(
    int channels, float @Nullable [] bias, int normalization, Activation activation) {
  public static final int NONE = -1;

  public EpilogueParameters withoutActivation() {
    return new EpilogueParameters(channels, bias, normalization, Activation.IDENTITY);
  }

  /**
   * The epilogue of one run.
   *
   * @param rows N of what is normalized
   * @param residual laid out as the output; {@code null} for none
   */
  Epilogue bind(Run run, int rows, @Nullable Tensor residual) {
    int padded = ChannelBlocks.padded(channels);
    RowStatistics statistics = statistics(run);
    int vectors = statistics == null || statistics.isUniform() ? 1 : rows;
    Tensor memory = run.memory().scratch(Math.multiplyExact(vectors, 2 * padded));
    for (int row = 0; row < vectors; row++) {
      BoundNormalization bound =
          statistics == null ? null : statistics.of(row, rows).layer(normalization);
      fill(memory.floats(), memory.offset() + row * 2 * padded, padded, bound);
    }
    return new Epilogue(
        memory.floats(),
        memory.offset(),
        padded,
        vectors == 1 ? 0 : 2 * padded,
        activation,
        residual == null ? null : residual.floats(),
        residual == null ? 0 : residual.offset());
  }

  /**
   * The normalization and activation of one run with the means apart: scales, means and β of the
   * first row or of each, each padded with zeros to whole blocks of channels. Means stand behind
   * the scales.
   *
   * @param rows N of what is normalized
   */
  Epilogue bindCentered(Run run, int rows) {
    int padded = ChannelBlocks.padded(channels);
    RowStatistics statistics = Objects.requireNonNull(statistics(run));
    int vectors = statistics.isUniform() ? 1 : rows;
    Tensor memory = run.memory().scratch(Math.multiplyExact(vectors, 3 * padded));
    float[] values = memory.floats();
    for (int row = 0; row < vectors; row++) {
      BoundNormalization bound = statistics.of(row, rows).layer(normalization);
      int at = memory.offset() + row * 3 * padded;
      Arrays.fill(values, at, at + 3 * padded, 0);
      System.arraycopy(bound.scale(), 0, values, at, channels);
      System.arraycopy(bound.mean(), 0, values, at + padded, channels);
      System.arraycopy(bound.beta(), 0, values, at + 2 * padded, channels);
    }
    int rowStride = vectors == 1 ? 0 : 3 * padded;
    return new Epilogue(values, memory.offset(), 2 * padded, rowStride, activation, null, 0);
  }

  private @Nullable RowStatistics statistics(Run run) {
    if (normalization == NONE) {
      return null;
    }
    if (run.normalization() instanceof Normalization.Frozen frozen) {
      return frozen.rows();
    }
    throw new IllegalStateException(
        "this plan normalizes by running statistics alone: compile one for observation to run with "
            + run.normalization());
  }

  private void fill(float[] vectors, int offset, int padded, @Nullable BoundNormalization bound) {
    for (int c = 0; c < padded; c++) {
      boolean real = c < channels;
      float scale = bound == null ? 1 : real ? bound.scale()[c] : 0;
      float shift = bound == null || !real ? 0 : bound.shift(c);
      vectors[offset + c] = scale;
      vectors[offset + padded + c] =
          bias == null || !real ? shift : MultiplyAdd.of(bias[c], scale, shift);
    }
  }
}
