package io.norma.network.steps;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.blocks.BlockedAffine;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/** A frozen batch normalization that follows no product, and its activation, in blocks. */
public record BlockedNormalizationStep(
    String name, String input, String output, EpilogueParameters parameters) implements Step {
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
    int rows = shape.dimension(0);
    Tensor y = run.memory().allocate(DataType.FP32, shape);
    BlockedAffine.apply(
        x.floats(),
        x.offset(),
        y.floats(),
        y.offset(),
        rows,
        shape.dimension(1),
        shape.size(2, 4),
        parameters.bindCentered(run, rows),
        ChannelBlocks.padded(parameters.channels()));
    return List.of(y);
  }
}
