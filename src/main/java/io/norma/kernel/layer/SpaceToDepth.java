package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.StridedCopy;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Moves blocks of b×b pixels into channels: {@code y[n, (i·b + j)·C + c, h, w] = x[n, c, h·b + i,
 * w·b + j]}.
 *
 * <p>Input: x, any type, [N, C, H, W], H and W multiples of b. Output: y, the type of x, [N, C·b²,
 * H/b, W/b]. Source: ONNX {@code SpaceToDepth}.
 *
 * @param block b
 */
public record SpaceToDepth(int block) implements Layer {
  public SpaceToDepth {
    if (block < 1) {
      throw new IllegalArgumentException("block size must be 1 or more, is " + block);
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Shape shape = x.shape();
    if (shape.rank() != 4 || shape.dimension(2) % block != 0 || shape.dimension(3) % block != 0) {
      throw new IllegalArgumentException(
          "expected [N, C, H, W] with H and W multiples of %d, got %s".formatted(block, x));
    }
    int channels = shape.dimension(1);
    int height = shape.dimension(2) / block;
    int width = shape.dimension(3) / block;
    int row = shape.dimension(3);
    int plane = shape.dimension(2) * row;
    Tensor y =
        memory.allocate(
            x.dataType(), Shape.of(shape.dimension(0), channels * block * block, height, width));
    int[] extents = {shape.dimension(0), block, block, channels, height, width};
    int[] from = {channels * plane, row, 1, plane, block * row, block};
    StridedCopy.copy(x, 0, from, y, 0, Shape.of(extents).strides(), extents);
    return List.of(y);
  }
}
