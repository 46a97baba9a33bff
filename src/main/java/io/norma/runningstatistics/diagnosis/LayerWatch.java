package io.norma.runningstatistics.diagnosis;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.ExecutionObserver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sees what each batch normalization of one run gets: its moments, how far chance moves these, and
 * a sample of what it makes of it. What is kept of a layer does not grow with the batch.
 */
final class LayerWatch implements ExecutionObserver {
  /** Values that are kept of what a layer makes; all of them where there are no more. */
  private static final int SAMPLE = 1 << 12;

  /** φ − 1, whose multiples fall evenly between 0 and 1, and in step with no axis. */
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  private final List<BatchNormalizationLayer> layers;
  private final @Nullable RunningStatistics frozen;
  private final @Nullable Sight[] sights;
  private final List<Integer> order = new ArrayList<>();

  /**
   * Of a run.
   *
   * @param frozen what it normalizes by; {@code null} for the batch's own moments, with the layers'
   *     own γ and β
   */
  LayerWatch(List<BatchNormalizationLayer> layers, @Nullable RunningStatistics frozen) {
    this.layers = layers;
    this.frozen = frozen;
    sights = new Sight[layers.size()];
  }

  /**
   * What was seen of a layer. One that is used several times gets moments of all its inputs; the
   * rest is of the first.
   *
   * @param fewest values per channel of the smallest input
   * @param size values of the first output
   * @param outputs some of them, by the same positions whenever the size is the same
   */
  record Sight(
      ChannelMoments moments, long fewest, SamplingError chance, int size, float[] outputs) {
    private Sight with(ChannelMoments more) {
      return new Sight(moments.merge(more), Math.min(fewest, more.count()), chance, size, outputs);
    }
  }

  @Override
  public void beforeBatchNormalization(int layer, Tensor x) {
    ChannelMoments seen = ChannelMoments.of(x, 1);
    Sight before = sights[layer];
    if (before == null) {
      order.add(layer);
      sights[layer] =
          new Sight(
              seen,
              seen.count(),
              SamplingError.of(x, seen),
              x.size(),
              sample(layers.get(layer), x, seen));
    } else {
      sights[layer] = before.with(seen);
    }
  }

  /** Positions of the layers in the order that they were used in. */
  List<Integer> order() {
    return order;
  }

  /** What was seen of a layer, {@code null} if it was not used. */
  @Nullable Sight sight(int layer) {
    return sights[layer];
  }

  private float[] sample(BatchNormalizationLayer layer, Tensor x, ChannelMoments moments) {
    ChannelLayout layout = ChannelLayout.of(x.shape(), 1);
    double[] scale = new double[layer.channels()];
    double[] mean = new double[layer.channels()];
    float[] shift;
    if (frozen == null) {
      for (int c = 0; c < scale.length; c++) {
        double variance = moments.sumOfSquaredDeviations()[c] / moments.count();
        scale[c] = layer.gamma()[c] / Math.sqrt(variance + layer.epsilon());
        mean[c] = moments.mean()[c];
      }
      shift = layer.beta();
    } else {
      ChannelStatistics statistics = frozen.layer(layer.name());
      float[] gamma = layer.gamma(statistics);
      for (int c = 0; c < scale.length; c++) {
        scale[c] = gamma[c] / Math.sqrt(statistics.variance()[c] + layer.epsilon());
        mean[c] = statistics.mean()[c];
      }
      shift = layer.beta(statistics);
    }
    float[] outputs = new float[Math.min(SAMPLE, x.size())];
    for (int k = 0; k < outputs.length; k++) {
      int i = outputs.length == x.size() ? k : position(k, x.size());
      int c = i / layout.inner() % scale.length;
      outputs[k] = (float) ((x.getDouble(i) - mean[c]) * scale[c] + shift[c]);
    }
    return outputs;
  }

  private static int position(int k, int size) {
    double turn = (k + 0.5) * GOLDEN;
    return (int) ((turn - Math.floor(turn)) * size);
  }
}
