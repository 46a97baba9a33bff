package io.norma.runningstatistics.web;

import io.norma.http.codec.NamedArray;
import io.norma.runningstatistics.SourceWeight;
import io.norma.runningstatistics.SourceWeight.Precision;
import io.norma.runningstatistics.SourceWeights;
import io.norma.runningstatistics.web.ParameterName.Role;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The weights in a file of named arrays, read out of the file's own bytes. */
final class ArrayWeights implements SourceWeights {
  private final Map<String, Map<Role, NamedArray>> layers;
  private final Map<String, NamedArray> arrays = new HashMap<>();

  ArrayWeights(Map<String, Map<Role, NamedArray>> layers, List<NamedArray> arrays) {
    this.layers = layers;
    arrays.forEach(array -> this.arrays.put(array.name(), array));
  }

  @Override
  public @Nullable SourceWeight gamma(String layer) {
    return weight(layers.getOrDefault(layer, Map.of()).get(Role.GAMMA));
  }

  @Override
  public @Nullable SourceWeight beta(String layer) {
    return weight(layers.getOrDefault(layer, Map.of()).get(Role.BETA));
  }

  @Override
  public OptionalDouble epsilon(String layer) {
    return OptionalDouble.empty();
  }

  @Override
  public @Nullable SourceWeight parameter(String name) {
    return weight(arrays.get(name));
  }

  private static @Nullable SourceWeight weight(@Nullable NamedArray array) {
    IntToDoubleFunction elements = array == null ? null : array.elements();
    if (array == null || elements == null) {
      return null;
    }
    Precision precision =
        switch (array.type()) {
          case "F16" -> Precision.HALF;
          case "BF16" -> Precision.BFLOAT;
          default -> Precision.FLOAT;
        };
    return new SourceWeight(array.shape(), precision, elements);
  }
}
