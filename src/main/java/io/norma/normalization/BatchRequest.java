package io.norma.normalization;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One batch to normalize.
 *
 * @param input FP32 or FP64, of rank 2 or more
 * @param gamma γ, (C), or (N, C) for one per row; absent: 1
 * @param beta β, like γ; absent: 0
 * @param runningMean (C)
 * @param runningVariance (C)
 * @param ghostBatchSize rows that are normalized together, 0 for all
 * @param rowMask BOOL: rows, or positions before the channel axis, that count
 */
public record BatchRequest(
    Tensor input,
    Conventions conventions,
    @Nullable Tensor gamma,
    @Nullable Tensor beta,
    @Nullable Tensor runningMean,
    @Nullable Tensor runningVariance,
    @Nullable Condition condition,
    @Nullable Renormalization renormalization,
    int ghostBatchSize,
    @Nullable Tensor rowMask) {
  /**
   * @throws io.norma.serving.ServingException.InvalidField if something does not fit
   */
  public BatchRequest {
    Checks.requireBatch(input);
    Checks.requireChannelAxis(input, conventions.channelAxis());
    int rows = input.shape().dimension(0);
    int channels = input.shape().dimension(conventions.channelAxis());
    Shape perChannel = Shape.of(channels);
    Checks.requireShape("gamma", gamma, perChannel, Shape.of(rows, channels));
    Checks.requireShape("beta", beta, perChannel, Shape.of(rows, channels));
    Checks.requireShape("running_mean", runningMean, perChannel);
    Checks.requireShape("running_variance", runningVariance, perChannel);
    Checks.requireVariances("running_variance", runningVariance);
    if ((runningMean == null) != (runningVariance == null)) {
      String missing = runningMean == null ? "running_mean" : "running_variance";
      throw Checks.invalid(missing, "give both running statistics, or neither");
    }
    if (!conventions.training() && runningMean == null) {
      throw Checks.invalid(
          "running_mean", "mode 'inference' needs 'running_mean' and 'running_variance'");
    }
    if (condition != null) {
      condition.check(rows, channels);
      if (gamma != null || beta != null) {
        throw Checks.invalid("condition", "takes γ and β from tables: leave out 'gamma', 'beta'");
      }
    }
    if (gamma != null && beta != null && gamma.shape().rank() != beta.shape().rank()) {
      throw Checks.invalid("beta", "must be per channel or per row, as 'gamma' is");
    }
    checkVariants(
        conventions, renormalization, ghostBatchSize, rowMask, runningMean, condition, gamma, beta);
    if (rowMask != null) {
      int positions = input.size() / channels / Math.max(1, inner(input, conventions));
      if (rowMask.size() != rows && rowMask.size() != positions) {
        throw Checks.invalid(
            "row_mask",
            "expected %d elements%s, got %d"
                .formatted(rows, positions == rows ? "" : " or " + positions, rowMask.size()));
      }
    }
  }

  private static void checkVariants(
      Conventions conventions,
      @Nullable Renormalization renormalization,
      int ghostBatchSize,
      @Nullable Tensor rowMask,
      @Nullable Tensor runningMean,
      @Nullable Condition condition,
      @Nullable Tensor gamma,
      @Nullable Tensor beta) {
    if (ghostBatchSize < 0) {
      throw Checks.invalid("ghost_batch_size", "must be above 0, but is " + ghostBatchSize);
    }
    if (!conventions.training()
        && (renormalization != null || ghostBatchSize > 0 || rowMask != null)) {
      String field =
          renormalization != null
              ? "renormalization"
              : ghostBatchSize > 0 ? "ghost_batch_size" : "row_mask";
      throw Checks.invalid(field, "only mode 'training' has batch statistics");
    }
    if (ghostBatchSize > 0 && (renormalization != null || rowMask != null)) {
      throw Checks.invalid(
          "ghost_batch_size", "cannot be combined with 'renormalization' or 'row_mask'");
    }
    if (renormalization != null) {
      if (runningMean == null) {
        throw Checks.invalid("renormalization", "needs 'running_mean' and 'running_variance'");
      }
      if (condition != null
          || (gamma != null && gamma.shape().rank() > 1)
          || (beta != null && beta.shape().rank() > 1)) {
        throw Checks.invalid("renormalization", "takes γ and β per channel, not per row");
      }
    }
  }

  private static int inner(Tensor input, Conventions conventions) {
    Shape shape = input.shape();
    return shape.size(shape.axis(conventions.channelAxis()) + 1, shape.rank());
  }

  /** C. */
  public int channels() {
    return input.shape().dimension(conventions.channelAxis());
  }

  /** N. */
  public int rows() {
    return input.shape().dimension(0);
  }

  /** γ as the kernel takes it, whether given, or chosen by label. */
  @Nullable Tensor effectiveGamma() {
    return condition == null ? gamma : condition.gamma(channels());
  }

  @Nullable Tensor effectiveBeta() {
    return condition == null ? beta : condition.beta(channels());
  }

  /** Some neighbouring rows of a tensor with as many rows as the input. */
  static @Nullable Tensor rows(@Nullable Tensor tensor, int from, int count) {
    if (tensor == null) {
      return null;
    }
    int row = tensor.size() / Math.max(1, tensor.shape().dimension(0));
    return Tensor.of(
        tensor.dataType(),
        tensor.shape().with(0, count),
        tensor.array(),
        tensor.offset() + from * row);
  }
}
