package io.norma.runningstatistics;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.SplitHalves;
import io.norma.kernel.statistics.StatisticsEstimate;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.ExecutionObserver;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the moments of one batch before each batch normalization. */
final class BatchMoments implements ExecutionObserver {
  private final List<BatchNormalizationLayer> layers;
  private final @Nullable ChannelMoments[] moments;
  private final RunVariation[] variations;
  private final SplitHalves[] halves;
  private final long before;

  /**
   * Of layers.
   *
   * @param before rows that the calibration has already
   */
  BatchMoments(List<BatchNormalizationLayer> layers, long before) {
    this.layers = layers;
    this.before = before;
    halves =
        layers.stream()
            .map(layer -> SplitHalves.empty(layer.channels()))
            .toArray(SplitHalves[]::new);
    moments = new ChannelMoments[layers.size()];
    variations =
        layers.stream()
            .map(layer -> RunVariation.empty(layer.channels()))
            .toArray(RunVariation[]::new);
  }

  @Override
  public void beforeBatchNormalization(int layer, Tensor x) {
    ChannelMoments seen = ChannelMoments.of(x, 1);
    ChannelMoments before = moments[layer];
    // A layer that is used twice sees two inputs, and normalizes both by one set of statistics.
    moments[layer] = before == null ? seen : before.merge(seen);
    variations[layer] = variations[layer].add(x);
    halves[layer] = halves[layer].add(x, this.before);
  }

  void requireFinite() {
    for (int i = 0; i < moments.length; i++) {
      ChannelMoments seen = moments[i];
      int channel = seen == null ? -1 : seen.firstNonFiniteChannel();
      if (channel >= 0) {
        throw new ServingException.Invalid(
            "layer '%s' met a value that is not finite in channel %d: the batch is not added"
                .formatted(layers.get(i).name(), channel));
      }
    }
  }

  List<CalibrationLayer> mergedWith(List<CalibrationLayer> before, Calibration calibration) {
    List<CalibrationLayer> after = new ArrayList<>();
    for (int i = 0; i < moments.length; i++) {
      ChannelMoments batch = moments[i];
      if (batch != null) {
        after.add(merged(i, batch, before, after.size(), calibration));
      }
    }
    return after;
  }

  private CalibrationLayer merged(
      int index,
      ChannelMoments batch,
      List<CalibrationLayer> before,
      int position,
      Calibration calibration) {
    BatchNormalizationLayer layer = layers.get(index);
    if (before.isEmpty()) {
      StatisticsEstimate first =
          calibration
              .estimator()
              .empty(layer.channels(), calibration.varianceConvention())
              .add(batch);
      return new CalibrationLayer(layer.name(), first, variations[index], halves[index], 0);
    }
    CalibrationLayer last = calibration.requireLayer(layer.name(), before, position);
    return last.with(last.estimate().add(batch), variations[index], halves[index], layer.epsilon());
  }
}
