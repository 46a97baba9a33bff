package io.norma.network;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An imported graph: layers in an order in which each finds its inputs ready, with their weights.
 * Running statistics stand beside it, not in it.
 *
 * @param constants weights and other values known before any request, by name
 * @param batchNormalizations learned parameters of the batch normalizations, in order of first use
 * @param runningStatistics those that came with the file, one entry per batch normalization
 * @param varianceConvention what their variances were divided by
 */
public record Network(
    String name,
    List<TensorMetadata> inputs,
    List<TensorMetadata> outputs,
    List<Node> nodes,
    Map<String, Tensor> constants,
    List<BatchNormalizationLayer> batchNormalizations,
    RunningStatistics runningStatistics,
    VarianceConvention varianceConvention) {
  public Network {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    nodes = List.copyOf(nodes);
    constants = Map.copyOf(constants);
    batchNormalizations = List.copyOf(batchNormalizations);
  }

  /** A network whose running variances are those of populations, as ONNX has them. */
  public Network(
      String name,
      List<TensorMetadata> inputs,
      List<TensorMetadata> outputs,
      List<Node> nodes,
      Map<String, Tensor> constants,
      List<BatchNormalizationLayer> batchNormalizations,
      RunningStatistics runningStatistics) {
    this(
        name,
        inputs,
        outputs,
        nodes,
        constants,
        batchNormalizations,
        runningStatistics,
        VarianceConvention.POPULATION);
  }

  /**
   * This network with other nodes, and of these batch normalizations those that they apply, in
   * order of first use.
   *
   * @param known batch normalizations by name, with those that the nodes apply
   * @param statistics running statistics for each of these
   */
  public Network with(
      List<Node> otherNodes,
      Map<String, Tensor> otherConstants,
      Map<String, BatchNormalizationLayer> known,
      Map<String, ChannelStatistics> statistics,
      VarianceConvention convention) {
    Map<String, BatchNormalizationLayer> applied = new LinkedHashMap<>();
    Map<String, ChannelStatistics> running = new LinkedHashMap<>();
    for (Node node : otherNodes) {
      String name = node.batchNormalization();
      if (name != null && !applied.containsKey(name)) {
        applied.put(name, require(known.get(name), name));
        running.put(name, require(statistics.get(name), name));
      }
    }
    return new Network(
        name,
        inputs,
        outputs,
        otherNodes,
        otherConstants,
        List.copyOf(applied.values()),
        new RunningStatistics(running),
        convention);
  }

  private static <T> T require(@Nullable T found, String name) {
    if (found == null) {
      throw new IllegalArgumentException("nothing is known of batch normalization '" + name + "'");
    }
    return found;
  }
}
