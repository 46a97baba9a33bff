package io.norma.kernel.layer;

import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.SlidingWindow;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.Arrays;
import java.util.List;

/**
 * Adds up the blocks of unfolded images: {@code y[n, c, o·stride − begin + t·dilation] += x[n,
 * c·taps + t, o]}, what falls on the padding is dropped.
 *
 * <p>Inputs: x (N, C·taps, positions), FP32 or FP64; image shape, INT64 (D₁, …, Dᵣ); block shape,
 * INT64 (k₁, …, kᵣ). Output: y (N, C, D₁, …, Dᵣ). Source: ONNX {@code Col2Im}; {@code
 * torch.nn.Fold}.
 *
 * @param window its kernel is empty: the block shape gives it
 */
public record Fold(Window window) implements Layer {
  /** Products that other layers make in the time that a sum takes here. */
  private static final long SLOW = 8;

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    RealTensors.require(x);
    Shape image = Shape.ofLongs(inputs.get(1).toLongArray());
    Shape block = Shape.ofLongs(inputs.get(2).toLongArray());
    int taps = block.size();
    if (x.shape().rank() != 3 || taps == 0 || x.shape().dimension(1) % taps != 0) {
      throw new IllegalArgumentException(
          "expected x (N, C·%d, positions) for blocks of %s, got %s"
              .formatted(taps, block, x.shape()));
    }
    int n = x.shape().dimension(0);
    int channels = x.shape().dimension(1) / taps;
    int[] dimensions = new int[image.rank() + 2];
    dimensions[0] = n;
    dimensions[1] = channels;
    System.arraycopy(image.dimensions(), 0, dimensions, 2, image.rank());
    Shape shape = Shape.of(dimensions);
    SlidingWindow geometry = window.over(shape, block.dimensions());
    int positions = geometry.positions();
    if (x.shape().dimension(2) != positions) {
      throw new IllegalArgumentException(
          "expected %d positions for an image of %s and blocks of %s, got %s"
              .formatted(positions, image, block, x.shape()));
    }
    memory.work(WorkLimit.product(SLOW, n, channels, positions, taps));
    Tensor y = memory.allocate(x.dataType(), shape);
    memory.reserve(8L * geometry.inputSize());
    double[] sums = new double[geometry.inputSize()];
    int step = geometry.step();
    for (int plane = 0; plane < n * channels; plane++) {
      int from = plane * taps * positions;
      Arrays.fill(sums, 0);
      geometry.forEachRun((tap, yAt, xAt, length) -> {
        for (int i = 0; i < length; i++) {
          sums[yAt + i * step] += x.getDouble(from + tap * positions + xAt + i);
        }
      });
      for (int i = 0; i < sums.length; i++) {
        y.setDouble(plane * sums.length + i, sums[i]);
      }
    }
    return List.of(y);
  }
}
