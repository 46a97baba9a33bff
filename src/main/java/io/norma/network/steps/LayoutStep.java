package io.norma.network.steps;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * A border between layouts: maps from planes to blocks or back.
 *
 * @param channels C
 */
public record LayoutStep(String input, String output, int channels, boolean toBlocks)
    implements Step {
  @Override
  public String name() {
    return input;
  }

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
    Shape planes = toBlocks ? x.shape() : BlockedTensors.planes(x, channels);
    if (planes.rank() != 4 || planes.dimension(1) != channels) {
      throw new IllegalArgumentException(
          "expected an input of shape (N, %d, H, W), got %s".formatted(channels, planes));
    }
    int rows = planes.dimension(0);
    int pixels = planes.size(2, 4);
    Shape blocks = BlockedTensors.shape(rows, channels, planes.dimension(2), planes.dimension(3));
    Tensor y = run.memory().allocate(DataType.FP32, toBlocks ? blocks : planes);
    int plane = channels * pixels;
    int block = ChannelBlocks.padded(channels) * pixels;
    for (int n = 0; n < rows; n++) {
      if (toBlocks) {
        ChannelBlocks.fromPlanes(
            x.floats(),
            x.offset() + n * plane,
            y.floats(),
            y.offset() + n * block,
            channels,
            pixels);
      } else {
        ChannelBlocks.toPlanes(
            x.floats(),
            x.offset() + n * block,
            y.floats(),
            y.offset() + n * plane,
            channels,
            pixels);
      }
    }
    return List.of(y);
  }
}
