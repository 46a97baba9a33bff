package io.norma.network.steps;

import io.norma.kernel.compute.blocks.BlockedGate;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/** A product of two values in blocks, of the same number of channels. */
public record BlockedProductStep(String name, List<String> inputs, String output) implements Step {
  @Override
  public List<String> outputs() {
    return List.of(output);
  }

  @Override
  public List<Tensor> execute(Inputs inputs, Run run) {
    Tensor a = inputs.get(0);
    Tensor b = inputs.get(1);
    if (gates(b.shape(), a.shape())) {
      return List.of(gate(a, b, run));
    }
    if (gates(a.shape(), b.shape())) {
      return List.of(gate(b, a, run));
    }
    return new Multiply().forward(inputs, run.memory());
  }

  /** Whether one shape has a single pixel where the other has a map, for the same rows. */
  private static boolean gates(Shape one, Shape other) {
    return one.dimension(0) == other.dimension(0)
        && one.dimension(1) == other.dimension(1)
        && one.dimension(2) == 1
        && one.dimension(3) == 1;
  }

  private static Tensor gate(Tensor x, Tensor gate, Run run) {
    Shape shape = x.shape();
    Tensor y = run.memory().allocate(DataType.FP32, shape);
    BlockedGate.apply(
        x.floats(),
        x.offset(),
        gate.floats(),
        gate.offset(),
        y.floats(),
        y.offset(),
        shape.size(0, 2),
        shape.size(2, 4));
    return y;
  }
}
