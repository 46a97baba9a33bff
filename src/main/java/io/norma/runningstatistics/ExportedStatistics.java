package io.norma.runningstatistics;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.onnx.ImportLimits;
import io.norma.onnx.OnnxImporter;
import io.norma.onnx.file.OnnxImportException;
import io.norma.runningstatistics.StatisticsDocument.Vectors;
import io.norma.serving.ServingException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The running statistics in another export of a network.
 *
 * @param varianceConvention what its exporter means by a running variance
 * @param weights the network's others, to be compared with the model's
 */
public record ExportedStatistics(
    SequencedMap<String, Vectors> layers,
    VarianceConvention varianceConvention,
    SourceWeights weights) {
  /**
   * Reads an ONNX file.
   *
   * @param limits what it may take
   * @throws ServingException if the file is no network
   */
  public static ExportedStatistics of(byte[] onnx, int length, ImportLimits limits) {
    Network network;
    try {
      network =
          OnnxImporter.read(ByteBuffer.wrap(onnx, 0, length), "running statistics", limits)
              .network();
    } catch (OnnxImportException e) {
      throw ServingException.of(e);
    }
    SequencedMap<String, Vectors> layers = new LinkedHashMap<>();
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      ChannelStatistics statistics = network.runningStatistics().layer(layer.name());
      layers.put(
          layer.name(),
          new Vectors(statistics.mean(), statistics.variance(), layer.gamma(), layer.beta()));
    }
    return new ExportedStatistics(
        layers, network.varianceConvention(), new NetworkWeights(network));
  }
}
