package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.layer.support.ReductionKind;
import io.norma.kernel.layer.support.ReductionPlan;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes together the elements along some axes: {@code y = kind(x₁, …, xₙ)}. Real numbers are summed
 * in double and rounded once.
 *
 * <p>Inputs: x, numbers (or BOOL for the largest and the smallest); optionally axes, INT64 or
 * INT32, which stand in for those that are not given here. Output: y, the type of x; its shape has
 * 1 for each axis taken together, or leaves it out. Source: ONNX {@code ReduceSum}, {@code
 * ReduceMean}, {@code ReduceMax}, {@code ReduceMin}, {@code ReduceProd}, {@code ReduceL1}, {@code
 * ReduceL2}, {@code ReduceLogSum}, {@code ReduceLogSumExp}, {@code ReduceSumSquare}.
 *
 * @param axes negative ones count from the end; {@code null} to take them from the second input if
 *     that is there
 * @param keepAxes whether the axes stay, with extent 1
 * @param noAxesMeansNone whether no axes mean that nothing is taken together, and not everything
 */
public record Reduction(
    ReductionKind kind, int @Nullable [] axes, boolean keepAxes, boolean noAxesMeansNone)
    implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    boolean ordered = kind == ReductionKind.MAXIMUM || kind == ReductionKind.MINIMUM;
    if (x.dataType() == DataType.BOOL && !ordered) {
      throw new IllegalArgumentException("expected a tensor of numbers, got " + x);
    }
    boolean[] reduced = reduced(x.shape(), Axes.read(axes, inputs.optional(1)));
    Tensor y = memory.allocate(x.dataType(), shape(x.shape(), reduced));
    // An index for each of the outputs, or for each of the elements of one.
    memory.reserve(4L * x.size());
    ReductionPlan plan = ReductionPlan.of(x.shape(), reduced);
    int[] starts = new int[plan.inner().length];
    for (int i = 0; i < plan.outer().length; i++) {
      for (int k = 0; k < starts.length; k++) {
        starts[k] = plan.outer()[i] + plan.inner()[k];
      }
      if (x.dataType().isFloatingPoint()) {
        y.setDouble(i, kind.reals(x, starts, plan.stride(), plan.length()));
      } else {
        y.setLong(i, kind.whole(x, starts, plan.stride(), plan.length()));
      }
    }
    return List.of(y);
  }

  private boolean[] reduced(Shape shape, int @Nullable [] given) {
    boolean[] reduced = new boolean[shape.rank()];
    if (given == null || given.length == 0) {
      Arrays.fill(reduced, !noAxesMeansNone);
    } else {
      for (int axis : given) {
        reduced[shape.axis(axis)] = true;
      }
    }
    return reduced;
  }

  private Shape shape(Shape shape, boolean[] reduced) {
    int[] dimensions = new int[shape.rank()];
    int rank = 0;
    for (int axis = 0; axis < dimensions.length; axis++) {
      if (!reduced[axis] || keepAxes) {
        dimensions[rank++] = reduced[axis] ? 1 : shape.dimension(axis);
      }
    }
    return Shape.of(Arrays.copyOf(dimensions, rank));
  }
}
