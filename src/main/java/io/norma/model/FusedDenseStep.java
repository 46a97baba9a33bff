package io.norma.model;

import io.norma.kernel.compute.DenseProduct;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/** A dense layer with the batch normalization and the activation that follow it. */
record FusedDenseStep(
    String name, String input, String output, DenseProduct packed, EpilogueParameters parameters)
    implements Step {
  @Override
  public List<String> inputs() {
    return List.of(input);
  }

  @Override
  public List<String> outputs() {
    return List.of(output);
  }

  @Override
  public List<Tensor> execute(Inputs inputs, Run run) {
    Tensor x = inputs.get(0);
    Shape shape = x.shape();
    if (shape.rank() != 2 || shape.dimension(1) != packed.inputs()) {
      throw new IllegalArgumentException(
          "expected an input of shape (N, %d), got %s".formatted(packed.inputs(), shape));
    }
    int rows = shape.dimension(0);
    Tensor y = run.memory().allocate(DataType.FP32, Shape.of(rows, packed.outputs()));
    packed.forward(
        x.floats(),
        x.offset(),
        y.floats(),
        y.offset(),
        rows,
        parameters.bind(run, rows, null),
        run.memory());
    return List.of(y);
  }
}
