package io.norma.network.steps;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.Value;
import io.norma.network.Node;
import java.util.List;

/** A layer by itself, on the network's values or on the same values in another layout. */
public record LayerStep(Node node, List<String> inputs, List<String> outputs) implements Step {
  public LayerStep(Node node) {
    this(node, node.inputs(), node.outputs());
  }

  @Override
  public String name() {
    return node.name();
  }

  @Override
  public List<? extends Value> execute(Inputs inputs, Run run) {
    return node.layer().values(inputs, run.memory());
  }
}
