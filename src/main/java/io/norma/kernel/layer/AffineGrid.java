package io.norma.kernel.layer;

import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * The sampling points of an affine map: {@code grid[n, o] = theta[n] · (p(o), 1)}, where p goes
 * from −1 to 1 over each axis and the last axis's coordinate comes first.
 *
 * <p>Inputs: theta (N, r, r + 1), FP32 or FP64; size, INT64 (N, C, O₁, …, Oᵣ), r 2 or 3. Output:
 * grid (N, O₁, …, Oᵣ, r), for {@link GridSample}. Source: Jaderberg et al. 2015, equation 1; ONNX
 * {@code AffineGrid}.
 *
 * @param alignsCorners whether −1 and 1 are the centres of the outermost elements, not their edges
 */
public record AffineGrid(boolean alignsCorners) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor theta = inputs.get(0);
    RealTensors.require(theta);
    long[] size = inputs.get(1).toLongArray();
    int rank = size.length - 2;
    if (rank < 2
        || rank > 3
        || !theta.shape().equals(Shape.of(Math.toIntExact(size[0]), rank, rank + 1))) {
      throw new IllegalArgumentException(
          "expected theta (N, r, r + 1) and a size (N, C, O1, …, Or) with r 2 or 3, got %s and %s"
              .formatted(theta.shape(), Shape.ofLongs(size)));
    }
    long[] dimensions = new long[rank + 2];
    dimensions[0] = size[0];
    System.arraycopy(size, 2, dimensions, 1, rank);
    dimensions[rank + 1] = rank;
    Tensor grid = memory.allocate(theta.dataType(), Shape.ofLongs(dimensions));
    double[] point = new double[rank + 1];
    point[rank] = 1;
    for (int i = 0; i < grid.size() / rank; i++) {
      int rest = i;
      for (int axis = rank - 1; axis >= 0; axis--) {
        int extent = (int) size[axis + 2];
        point[rank - 1 - axis] = coordinate(rest % extent, extent);
        rest /= extent;
      }
      for (int j = 0; j < rank; j++) {
        double sum = 0;
        for (int p = 0; p <= rank; p++) {
          sum += theta.getDouble((rest * rank + j) * (rank + 1) + p) * point[p];
        }
        grid.setDouble(i * rank + j, sum);
      }
    }
    return List.of(grid);
  }

  private double coordinate(int position, int extent) {
    if (!alignsCorners) {
      return (2.0 * position + 1) / extent - 1;
    }
    return extent == 1 ? -1 : 2.0 * position / (extent - 1) - 1;
  }
}
