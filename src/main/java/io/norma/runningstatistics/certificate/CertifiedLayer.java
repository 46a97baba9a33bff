package io.norma.runningstatistics.certificate;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.LayerDistance;
import io.norma.kernel.statistics.SplitHalves;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.network.BatchNormalizationLayer;
import org.jspecify.annotations.Nullable;

/** What a certificate says of a layer, and how many channels it says it of. */
public record CertifiedLayer(Certificate.Layer layer, int channels) {
  /**
   * Of one layer's estimate.
   *
   * @param movement of the last batch
   * @param source the statistics that the calibration began from; {@code null} for none
   */
  public static CertifiedLayer of(
      BatchNormalizationLayer layer,
      ChannelStatistics estimate,
      SplitHalves halves,
      VarianceConvention convention,
      double movement,
      @Nullable ChannelStatistics source) {
    double between = halves.distance(convention, layer.epsilon());
    Double moved =
        source == null
            ? null
            : LayerDistance.between(source, estimate, layer.epsilon()).symmetricKullbackLeibler();
    return new CertifiedLayer(
        new Certificate.Layer(
            layer.name(),
            halves.count(),
            movement,
            Double.isFinite(between) ? between : null,
            moved != null && Double.isFinite(moved) ? moved : null),
        layer.channels());
  }
}
