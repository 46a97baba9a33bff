package io.norma.normalization.web;

import io.norma.http.codec.Words;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.NormalizerState;
import io.norma.normalization.NormalizerStore.Change;
import io.norma.normalization.RememberingNormalizerService.Remembered;
import io.norma.normalization.StoredNormalizer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the routes under {@code /v1/normalizers} answer. */
final class NormalizerMessages {
  private NormalizerMessages() {}

  /** A normalizer in a list. */
  record Summary(String name, int channels, long batches) {
    static Summary of(StoredNormalizer normalizer) {
      return new Summary(normalizer.name(), normalizer.channels(), normalizer.state().batches());
    }
  }

  /**
   * A normalizer and what it remembers.
   *
   * @param batches how many there were, merged ones included
   * @param runningMean as the conventions keep it
   * @param runningVariance as the conventions keep it
   * @param moments of all values
   */
  record Normalizer(
      String name,
      int channels,
      Instant createdAt,
      UsedConventions conventions,
      long batches,
      double[] runningMean,
      double[] runningVariance,
      Moments moments) {
    static Normalizer of(StoredNormalizer normalizer) {
      NormalizerState state = normalizer.state();
      return new Normalizer(
          normalizer.name(),
          normalizer.channels(),
          normalizer.createdAt(),
          UsedConventions.of(normalizer),
          state.batches(),
          state.runningMean(),
          state.runningVariance(),
          Moments.of(state.moments()));
    }
  }

  /**
   * What a normalizer was made with.
   *
   * @param cumulative true where all values count alike, else absent
   * @param momentum the weight of a new batch; absent where all values count alike
   * @param decay the weight of the old value; absent where all values count alike
   * @param varianceConvention of the running variance
   */
  record UsedConventions(
      int channelAxis,
      double epsilon,
      @Nullable Boolean cumulative,
      @Nullable Double momentum,
      @Nullable Double decay,
      String varianceConvention) {
    static UsedConventions of(StoredNormalizer normalizer) {
      Double momentum = normalizer.momentum();
      return new UsedConventions(
          normalizer.channelAxis(),
          normalizer.epsilon(),
          momentum == null ? true : null,
          momentum,
          momentum == null ? null : 1 - momentum,
          Words.of(normalizer.varianceConvention()));
    }
  }

  /**
   * Moments, as they can be sent to another normalizer.
   *
   * @param count values per channel
   */
  record Moments(long count, double[] mean, double[] sumOfSquaredDeviations) {
    static Moments of(ChannelMoments moments) {
      return new Moments(moments.count(), moments.mean(), moments.sumOfSquaredDeviations());
    }
  }

  /**
   * A batch, normalized and remembered.
   *
   * @param count values per channel
   * @param batchVariance population
   * @param runningMean after the batch, as is the variance
   * @param batches how many there were then, merged ones included
   * @param repeated whether the batch had been remembered before under its key
   */
  record RememberedBatch(
      Tensor output,
      long count,
      double[] batchMean,
      double[] batchVariance,
      double[] runningMean,
      double[] runningVariance,
      long batches,
      boolean repeated) {
    static RememberedBatch of(Remembered remembered) {
      NormalizerState state = remembered.change().normalizer().state();
      return new RememberedBatch(
          remembered.output(),
          remembered.count(),
          remembered.mean().doubles(),
          remembered.variance().doubles(),
          state.runningMean(),
          state.runningVariance(),
          state.batches(),
          remembered.change().repeated());
    }
  }

  /** A batch, normalized by what is remembered. */
  record AppliedBatch(Tensor output) {}

  /**
   * What is remembered after moments were merged.
   *
   * @param batches how many there were then, merged ones included
   * @param repeated whether the moments had been merged before under their key
   */
  record Merge(double[] runningMean, double[] runningVariance, long batches, boolean repeated) {
    static Merge of(Change change) {
      NormalizerState state = change.normalizer().state();
      return new Merge(
          state.runningMean(), state.runningVariance(), state.batches(), change.repeated());
    }
  }
}
