package io.norma.onnx.restoration;

import io.norma.network.WeightedLayer;
import java.util.ArrayList;
import java.util.List;

/**
 * A layer whose weights are looked for.
 *
 * @param layout its weights by channels
 * @param probes a few channels with their two largest weights: most others differ there already
 */
record Sought(WeightedLayer layer, WeightLayout layout, Precision precision, List<Probe> probes) {
  private static final int PROBES = 4;

  /**
   * Two elements of one channel.
   *
   * @param largest W_f at the first, the largest of its channel
   * @param other W_f at the second
   */
  record Probe(int channel, int first, int second, double largest, double other) {}

  static Sought of(WeightedLayer layer) {
    return of(layer, WeightLayout.of(layer));
  }

  static Sought of(WeightedLayer layer, WeightLayout layout) {
    return new Sought(layer, layout, Precision.of(layer.weights()), probes(layer, layout));
  }

  private static List<Probe> probes(WeightedLayer layer, WeightLayout layout) {
    List<Probe> probes = new ArrayList<>();
    if (layout.perChannel() < 2) {
      return probes;
    }
    int[] elements = layout.elements();
    int step = Math.max(1, layout.channels() / PROBES);
    for (int m = 0; m < layout.channels() && probes.size() < PROBES; m++) {
      // From each quarter of the channels the first that is not zero.
      if (m >= probes.size() * step) {
        Probe probe = probe(layer, layout, elements, m);
        if (probe.largest() != 0) {
          probes.add(probe);
        }
      }
    }
    return probes;
  }

  private static Probe probe(WeightedLayer layer, WeightLayout layout, int[] elements, int m) {
    float[] weights = layer.weights().floats();
    int from = layer.weights().offset() + layout.channel(m);
    int first = 0;
    int second = 1;
    for (int e = 1; e < elements.length; e++) {
      float size = Math.abs(weights[from + elements[e]]);
      if (size > Math.abs(weights[from + elements[first]])) {
        second = first;
        first = e;
      } else if (second == first || size > Math.abs(weights[from + elements[second]])) {
        second = e;
      }
    }
    return new Probe(
        m, first, second, weights[from + elements[first]], weights[from + elements[second]]);
  }

  /** Whether a tensor's weights may be those that the layer has multiples of. */
  boolean mayBe(StateDict checkpoint, String name, WeightLayout original) {
    for (Probe probe : probes) {
      int from = original.channel(probe.channel());
      double largest = checkpoint.element(name, from + original.element(probe.first()));
      double other = checkpoint.element(name, from + original.element(probe.second()));
      double off = Math.abs(probe.other() * largest - probe.largest() * other);
      double size = Math.abs(probe.largest()) * Math.max(Math.abs(largest), Math.abs(other));
      double floor = precision.floor() * Math.abs(largest);
      if (!(off <= 4 * precision.tolerance() * size + 2 * floor) || largest == 0) {
        return false;
      }
    }
    return true;
  }
}
