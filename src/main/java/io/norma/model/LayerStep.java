package io.norma.model;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/** A layer as it stands in the network. */
record LayerStep(Node node) implements Step {
  @Override
  public String name() {
    return node.name();
  }

  @Override
  public List<String> inputs() {
    return node.inputs();
  }

  @Override
  public List<String> outputs() {
    return node.outputs();
  }

  @Override
  public List<Tensor> execute(Inputs inputs, Run run) {
    return node.layer().forward(inputs, run.memory());
  }
}
