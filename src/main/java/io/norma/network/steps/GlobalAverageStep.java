package io.norma.network.steps;

import io.norma.kernel.compute.blocks.BlockedPooling;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * The average of each map: from blocks to planes of one pixel.
 *
 * @param channels C
 * @param keepsAxes whether the result has shape (N, C, 1, 1) and not (N, C)
 */
public record GlobalAverageStep(
    String name, String input, String output, int channels, boolean keepsAxes) implements Step {
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
    Shape planes = BlockedTensors.planes(x, channels);
    int rows = planes.dimension(0);
    int pixels = planes.size(2, 4);
    if (pixels == 0) {
      throw new IllegalArgumentException("average of no elements: the input is " + planes);
    }
    Tensor y =
        run.memory()
            .allocate(
                DataType.FP32,
                keepsAxes ? Shape.of(rows, channels, 1, 1) : Shape.of(rows, channels));
    BlockedPooling.globalAverage(
        x.floats(), x.offset(), y.floats(), y.offset(), rows, channels, pixels);
    return List.of(y);
  }
}
