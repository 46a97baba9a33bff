package io.norma.runningstatistics;

import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** The weights of another export. */
final class NetworkWeights implements SourceWeights {
  private final Map<String, BatchNormalizationLayer> layers = new HashMap<>();
  private final Map<String, Tensor> constants;

  NetworkWeights(Network network) {
    network.batchNormalizations().forEach(layer -> layers.put(layer.name(), layer));
    constants = network.constants();
  }

  @Override
  public @Nullable SourceWeight gamma(String layer) {
    BatchNormalizationLayer found = layers.get(layer);
    return found == null ? null : SourceWeight.of(found.gamma());
  }

  @Override
  public @Nullable SourceWeight beta(String layer) {
    BatchNormalizationLayer found = layers.get(layer);
    return found == null ? null : SourceWeight.of(found.beta());
  }

  @Override
  public OptionalDouble epsilon(String layer) {
    BatchNormalizationLayer found = layers.get(layer);
    return found == null ? OptionalDouble.empty() : OptionalDouble.of(found.epsilon());
  }

  @Override
  public @Nullable SourceWeight parameter(String name) {
    Tensor constant = constants.get(name);
    return constant == null || !constant.dataType().isFloatingPoint()
        ? null
        : SourceWeight.of(constant);
  }
}
