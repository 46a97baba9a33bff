package io.norma.normalization;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.BatchResult.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * A batch that comes in parts, of which only the moments are kept.
 *
 * @param part shape of a part with any number of rows, 1 standing for it
 * @param running before the batch
 */
public record MomentsRequest(
    DataType dataType, Shape part, Conventions conventions, @Nullable Statistics running) {
  /**
   * @throws io.norma.serving.ServingException.InvalidField if something does not fit
   */
  public MomentsRequest {
    if (part.rank() < 2 || part.size() == 0) {
      throw Checks.invalid(
          "shape", "needs rank 2 or more and no axis of extent 0 behind the first, got " + part);
    }
    int rank = part.rank();
    int axis = conventions.channelAxis();
    if (axis < -rank || axis >= rank || part.axis(axis) == 0) {
      throw Checks.invalid(
          "channel_axis", "%d is out of range for rank %d, or axis 0".formatted(axis, rank));
    }
    if (running != null && running.mean().length != part.dimension(axis)) {
      throw Checks.invalid(
          "running_mean",
          "expected %d channels, got %d".formatted(part.dimension(axis), running.mean().length));
    }
    if (running != null) {
      Checks.requireVariances(
          "running_variance", Tensor.of(Shape.of(running.variance().length), running.variance()));
    }
  }

  /** C. */
  public int channels() {
    return part.dimension(conventions.channelAxis());
  }

  /**
   * Moments of one part.
   *
   * @throws io.norma.serving.ServingException.InvalidField if its shape is another
   */
  public ChannelMoments moments(Tensor rows) {
    Shape shape = rows.shape();
    if (rows.dataType() != dataType
        || shape.rank() != part.rank()
        || !shape.with(0, 1).equals(part)) {
      throw Checks.invalid(
          "input", "expected %s%s with any number of rows, got %s".formatted(dataType, part, rows));
    }
    return ChannelMoments.of(rows, conventions.channelAxis());
  }

  /** Running statistics after all parts, as one batch; {@code null} where none were given. */
  public @Nullable Statistics running(ChannelMoments moments) {
    if (moments.count() < 2) {
      throw Checks.invalid(
          "input",
          "expected more than 1 value per channel in training mode, got " + moments.count());
    }
    if (running == null) {
      return null;
    }
    return new Running(conventions, running.mean(), running.variance())
        .add(
            new Statistics(moments.mean(), moments.populationVariance()),
            moments.count(),
            conventions.update().weight())
        .result();
  }
}
