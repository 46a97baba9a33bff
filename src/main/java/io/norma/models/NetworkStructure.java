package io.norma.models;

import io.norma.kernel.layer.Layer;
import io.norma.network.Network;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What runs of a network go through, whatever its weights are: the same layers on the same shapes
 * run the same code.
 *
 * @param inputs and their shapes
 * @param layers in order, with their attributes and the values they connect
 * @param constants and their shapes
 */
record NetworkStructure(List<String> inputs, List<String> layers, Map<String, String> constants) {
  /** That of a network. */
  static NetworkStructure of(Network network) {
    Map<String, String> constants = new TreeMap<>();
    network
        .constants()
        .forEach((name, tensor) -> constants.put(name, tensor.dataType() + " " + tensor.shape()));
    return new NetworkStructure(
        network.inputs().stream().map(Object::toString).toList(),
        network.nodes().stream()
            .map(node ->
                node.operator()
                    + (node.batchNormalization() == null ? " " + written(node.layer()) : "")
                    + node.inputs()
                    + node.outputs())
            .toList(),
        constants);
  }

  /** A layer with its attributes: a record's own text would name arrays by where they are. */
  private static String written(Object value) {
    if (value.getClass().isArray()) {
      return IntStream.range(0, Array.getLength(value))
          .mapToObj(i -> String.valueOf(Array.get(value, i)))
          .toList()
          .toString();
    }
    if (!(value instanceof Record)) {
      return value instanceof Layer ? value.getClass().getName() : value.toString();
    }
    return Arrays.stream(value.getClass().getRecordComponents())
        .map(component -> component(component, value))
        .collect(Collectors.joining(",", value.getClass().getName() + "(", ")"));
  }

  private static String component(RecordComponent component, Object of) {
    try {
      Method accessor = component.getAccessor();
      accessor.setAccessible(true);
      Object value = accessor.invoke(of);
      return value == null ? "" : written(value);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
