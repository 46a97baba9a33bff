package io.norma.runningstatistics;

import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.runningstatistics.StatisticsWarning.Code;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether running statistics come from other weights than those that are served. Only what bears
 * the same name in both is compared; γ and β are not, since a set may bring its own.
 */
final class OtherWeights {
  private static final int MOST_DETAILS = 5;

  private static final double SAME_EPSILON = 1e-6;

  /** Names that exporters count up: another export may give them to something else. */
  private static final Pattern COUNTED =
      Pattern.compile(".*::.*|.*_output_\\d+|.*__\\d+|(.*/)?Constant(_\\d+)?|(val_)?\\d+");

  private final SourceWeights source;
  private final List<String> details = new ArrayList<>();
  private final Set<String> names = new LinkedHashSet<>();

  private OtherWeights(SourceWeights source) {
    this.source = source;
  }

  /** The warnings to give: one that names what differs, or none. */
  static List<StatisticsWarning> warnings(ServedModel model, SourceWeights source) {
    try (ServedModel.Use _ = model.use()) {
      return warnings(
          "model '%s' version %d".formatted(model.name(), model.version()),
          model.networkWithWeights(),
          source);
    }
  }

  /**
   * @param served what the network is called, for the message
   */
  static List<StatisticsWarning> warnings(String served, Network network, SourceWeights source) {
    OtherWeights differences = new OtherWeights(source);
    network.batchNormalizations().forEach(differences::compare);
    parameters(network)
        .forEach(name -> {
          Tensor own = network.constants().get(name);
          if (own != null && own.dataType().isFloatingPoint() && !COUNTED.matcher(name).matches()) {
            differences.compare(
                "'" + name + "'", name, SourceWeight.of(own), source.parameter(name));
          }
        });
    return differences.details.isEmpty() ? List.of() : List.of(differences.warning(served));
  }

  /** What the nodes read, in their order, but for running statistics. */
  private static Set<String> parameters(Network network) {
    Set<String> names = new LinkedHashSet<>();
    for (Node node : network.nodes()) {
      boolean normalizes = node.operator().equals("BatchNormalization");
      List<String> inputs = node.inputs();
      names.addAll(normalizes ? inputs.subList(0, Math.min(3, inputs.size())) : inputs);
    }
    return names;
  }

  private void compare(BatchNormalizationLayer layer) {
    String name = layer.name();
    OptionalDouble epsilon = source.epsilon(name);
    if (epsilon.isPresent()
        && Math.abs(epsilon.getAsDouble() - layer.epsilon()) > SAME_EPSILON * layer.epsilon()) {
      add(
          name,
          "epsilon of '%s' is %s instead of %s"
              .formatted(name, epsilon.getAsDouble(), layer.epsilon()));
    }
  }

  private void compare(String what, String name, SourceWeight own, @Nullable SourceWeight other) {
    String difference = other == null ? null : WeightDistance.between(own, other);
    if (difference != null) {
      add(name, what + " is " + difference);
    }
  }

  private void add(String name, String detail) {
    names.add(name);
    details.add(detail);
  }

  private StatisticsWarning warning(String served) {
    int more = details.size() - MOST_DETAILS;
    return new StatisticsWarning(
        Code.OTHER_WEIGHTS,
        ("These running statistics come with other weights than those of %s: %s%s. They were taken"
             + " all the same, but what was measured on other weights makes answers wrong. Load"
             + " those of the network that is served, or upload the other network as a version of"
             + " its own.")
            .formatted(
                served,
                String.join("; ", details.subList(0, Math.min(MOST_DETAILS, details.size()))),
                more > 0 ? "; and " + more + " more" : ""),
        List.copyOf(names));
  }
}
