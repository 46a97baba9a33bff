package io.norma.onnx.restoration;

import io.norma.network.WeightedLayer;
import org.jspecify.annotations.Nullable;

/** How far what is restored is from what the file has, when it is folded again. */
final class Deviation {
  private Deviation() {}

  /**
   * The largest over all channels, of {@code W·γ/√(σ²+ε)} relative to the largest weight of the
   * channel, and of {@code β + (b − μ)·γ/√(σ²+ε)} relative to the sum of its parts' sizes.
   */
  static double of(Restored restored, StateDict checkpoint, Reservation memory) {
    WeightLayout original = restored.candidate().layout();
    long bytes = (long) Float.BYTES * (original.shape().size() + 2L * original.perChannel());
    memory.take(bytes);
    try {
      return of(
          restored,
          checkpoint.read(restored.candidate().weights()),
          restored.candidate().bias() == null
              ? null
              : checkpoint.read(restored.candidate().bias()));
    } finally {
      memory.giveBack(bytes);
    }
  }

  private static double of(Restored restored, float[] original, float @Nullable [] ownBias) {
    WeightedLayer layer = restored.layer();
    WeightLayout foldedLayout = WeightLayout.of(layer);
    WeightLayout layout = restored.candidate().layout();
    CheckpointNormalization normalization = restored.candidate().normalization();
    float[] folded = layer.weights().floats();
    int[] f = foldedLayout.elements();
    int[] o = layout.elements();
    double most = 0;
    for (int m = 0; m < layout.channels(); m++) {
      double scale =
          normalization.gamma()[m] / Math.sqrt(normalization.variance()[m] + restored.epsilon());
      double off = 0;
      double largest = 0;
      int f0 = layer.weights().offset() + foldedLayout.channel(m);
      int o0 = layout.channel(m);
      for (int e = 0; e < f.length; e++) {
        double wf = folded[f0 + f[e]];
        off = Math.max(off, Math.abs(original[o0 + o[e]] * scale - wf));
        largest = Math.max(largest, Math.abs(wf));
      }
      double own = ownBias == null ? 0 : ownBias[m];
      float[] bias = layer.bias();
      double beta = normalization.beta()[m];
      double shift = beta + (own - normalization.mean()[m]) * scale - (bias == null ? 0 : bias[m]);
      double parts =
          Math.abs(beta) + (Math.abs(own) + Math.abs(normalization.mean()[m])) * Math.abs(scale);
      most = Math.max(most, Math.max(relative(off, largest), relative(Math.abs(shift), parts)));
    }
    return most;
  }

  /** Of what is nothing, nothing is a part: there, only what is too small for a float is off. */
  private static double relative(double off, double size) {
    return size < Float.MIN_NORMAL ? 0 : off / size;
  }
}
