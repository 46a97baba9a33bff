package io.norma.normalization.web;

import io.norma.http.codec.NestedArray;
import io.norma.http.codec.Words;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.BatchResult;
import io.norma.normalization.BatchResult.Statistics;
import io.norma.normalization.Conventions;
import io.norma.normalization.GradientResult;
import io.norma.normalization.MomentsRequest;
import io.norma.normalization.Renormalization.Correction;
import io.norma.normalization.RunningUpdate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the routes under {@code /v1/normalizations/batch} answer. */
final class BatchMessages {
  private BatchMessages() {}

  /**
   * A normalized batch.
   *
   * @param count values per channel that counted
   * @param batchMean absent in inference, as is the variance
   * @param batchVariance population
   * @param inverseStandardDeviation 1/√(σ²+ε) with the variance that normalized, absent with ghost
   *     batches
   * @param ghostBatches absent without
   * @param renormalization absent without
   * @param runningMean after the batch; absent where none was given, as is the variance
   */
  record Batch(
      Tensor output,
      long count,
      double @Nullable [] batchMean,
      double @Nullable [] batchVariance,
      double @Nullable [] inverseStandardDeviation,
      @Nullable List<GhostBatch> ghostBatches,
      @Nullable Correction renormalization,
      double @Nullable [] runningMean,
      double @Nullable [] runningVariance,
      UsedConventions conventions) {
    static Batch of(BatchResult result, Conventions conventions) {
      Statistics batch = result.statistics();
      Statistics running = result.running();
      return new Batch(
          result.output(),
          result.count(),
          batch == null ? null : batch.mean(),
          batch == null ? null : batch.variance(),
          result.inverse(),
          result.ghostBatches().isEmpty()
              ? null
              : result.ghostBatches().stream().map(GhostBatch::of).toList(),
          result.correction(),
          running == null ? null : running.mean(),
          running == null ? null : running.variance(),
          UsedConventions.of(conventions));
    }
  }

  /**
   * Rows that were normalized together.
   *
   * @param count values per channel that counted
   * @param batchVariance population
   * @param inverseStandardDeviation 1/√(σ²+ε)
   */
  record GhostBatch(
      long count, double[] batchMean, double[] batchVariance, double[] inverseStandardDeviation) {
    static GhostBatch of(BatchResult.GhostBatch ghost) {
      return new GhostBatch(
          ghost.count(), ghost.statistics().mean(), ghost.statistics().variance(), ghost.inverse());
    }
  }

  /**
   * Gradients of a batch normalization: of γ and β, or of the tables that they came from.
   *
   * @param gammaGradient absent with tables, as is that of β
   * @param gammaTableGradient absent without tables, as is that of β
   */
  record Gradient(
      Tensor inputGradient,
      @Nullable NestedArray gammaGradient,
      @Nullable NestedArray gammaTableGradient,
      @Nullable NestedArray betaGradient,
      @Nullable NestedArray betaTableGradient,
      UsedConventions conventions) {
    static Gradient of(GradientResult result, Conventions conventions) {
      NestedArray gamma = new NestedArray(result.gamma());
      NestedArray beta = new NestedArray(result.beta());
      boolean perTable = result.perTable();
      return new Gradient(
          result.input(),
          perTable ? null : gamma,
          perTable ? gamma : null,
          perTable ? null : beta,
          perTable ? beta : null,
          UsedConventions.of(conventions));
    }
  }

  /**
   * The statistics of a batch that came in parts.
   *
   * @param count values per channel
   * @param batchVariance population
   * @param runningMean after the batch; absent where none was given, as is the variance
   */
  record Moments(
      long count,
      double[] batchMean,
      double[] batchVariance,
      double[] sumOfSquaredDeviations,
      double @Nullable [] runningMean,
      double @Nullable [] runningVariance,
      UsedConventions conventions) {
    static Moments of(ChannelMoments moments, MomentsRequest request) {
      Statistics running = request.running(moments);
      return new Moments(
          moments.count(),
          moments.mean(),
          moments.populationVariance(),
          moments.sumOfSquaredDeviations(),
          running == null ? null : running.mean(),
          running == null ? null : running.variance(),
          UsedConventions.of(request.conventions()));
    }
  }

  /**
   * The choices that a batch was normalized by.
   *
   * @param mode {@code training} or {@code inference}
   * @param momentum the weight of the new batch in running statistics
   * @param decay the weight of the old value
   * @param cumulative absent where the weight is fixed
   * @param varianceConvention of running variances
   */
  record UsedConventions(
      String mode,
      int channelAxis,
      double epsilon,
      double momentum,
      double decay,
      @Nullable Cumulative cumulative,
      String varianceConvention) {
    /**
     * Running statistics that are the plain mean over batches.
     *
     * @param batches how many came before
     */
    record Cumulative(long batches) {}

    static UsedConventions of(Conventions conventions) {
      RunningUpdate update = conventions.update();
      return new UsedConventions(
          conventions.training() ? "training" : "inference",
          conventions.channelAxis(),
          conventions.epsilon(),
          update.weight(),
          1 - update.weight(),
          update instanceof RunningUpdate.Cumulative cumulative
              ? new Cumulative(cumulative.batches())
              : null,
          Words.of(conventions.variance()));
    }
  }
}
