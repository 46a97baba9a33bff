package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.StridedCopy;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Moves channels into blocks of b×b pixels: {@code y[n, c, h·b + i, w·b + j] = x[n, k, h, w]},
 * where {@code k = (i·b + j)·C/b² + c}, or {@code c·b² + i·b + j} if the depth comes first.
 *
 * <p>Input: x, any type, [N, C, H, W], C a multiple of b². Output: y, the type of x, [N, C/b², H·b,
 * W·b]. Source: ONNX {@code DepthToSpace} (DCR, and CRD if the depth comes first); Shi et al. 2016
 * ("pixel shuffle").
 *
 * @param block b
 */
public record DepthToSpace(int block, boolean depthFirst) implements Layer {
  public DepthToSpace {
    if (block < 1) {
      throw new IllegalArgumentException("block size must be 1 or more, is " + block);
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Shape shape = x.shape();
    if (shape.rank() != 4 || shape.dimension(1) % (block * block) != 0) {
      throw new IllegalArgumentException(
          "expected [N, C, H, W] with C a multiple of %d, got %s".formatted(block * block, x));
    }
    int channels = shape.dimension(1) / (block * block);
    int height = shape.dimension(2);
    int width = shape.dimension(3);
    int plane = height * width;
    int channel = depthFirst ? block * block * plane : plane;
    int column = depthFirst ? plane : channels * plane;
    Tensor y =
        memory.allocate(
            x.dataType(), Shape.of(shape.dimension(0), channels, height * block, width * block));
    int[] extents = {shape.dimension(0), channels, height, block, width, block};
    int[] from = {shape.dimension(1) * plane, channel, width, block * column, 1, column};
    StridedCopy.copy(x, 0, from, y, 0, Shape.of(extents).strides(), extents);
    return List.of(y);
  }

  /**
   * The layer by the name of its order of channels.
   *
   * @throws IllegalArgumentException if the name is neither {@code DCR} nor {@code CRD}
   */
  public static DepthToSpace of(int block, String mode) {
    return switch (mode) {
      case "DCR" -> new DepthToSpace(block, false);
      case "CRD" -> new DepthToSpace(block, true);
      default ->
          throw new IllegalArgumentException("mode must be 'DCR' or 'CRD', is '" + mode + "'");
    };
  }
}
