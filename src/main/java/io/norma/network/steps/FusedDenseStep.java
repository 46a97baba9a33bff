package io.norma.network.steps;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.blocks.RowBlocks;
import io.norma.kernel.compute.matrix.DenseProduct;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A dense layer, or a matrix product with constant weights, with the bias, batch normalization and
 * activation that follow it. Between two such steps a matrix stays in {@link RowBlocks}: it then
 * has the shape (N, padded features), whatever the memory behind it holds for rows past the last.
 *
 * @param fromBlocks whether a matrix comes in blocks; what is no matrix never does
 * @param toBlocks whether a matrix goes out in blocks
 * @param separately the same layers one by one, for a product of what is no matrix: its channels
 *     are not its last axis; {@code null} for a dense layer, which takes matrices alone
 */
public record FusedDenseStep(
    String name,
    String input,
    boolean fromBlocks,
    String output,
    boolean toBlocks,
    DenseProduct packed,
    EpilogueParameters parameters,
    @Nullable StepSequence separately)
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
    if (shape.rank() == 2) {
      return List.of(matrix(x, run));
    }
    if (separately == null) {
      throw unfit(shape);
    }
    if (parameters.normalization() != EpilogueParameters.NONE) {
      return List.of(separately.run(x, run));
    }
    if (shape.rank() == 0 || shape.dimension(-1) != packed.inputs()) {
      throw unfit(shape);
    }
    int[] dimensions = shape.dimensions();
    dimensions[dimensions.length - 1] = packed.outputs();
    Tensor y = run.memory().allocate(DataType.FP32, Shape.of(dimensions));
    multiply(x, false, y, false, shape.size(0, shape.rank() - 1), run);
    return List.of(y);
  }

  private Tensor matrix(Tensor x, Run run) {
    int features = fromBlocks ? ChannelBlocks.padded(packed.inputs()) : packed.inputs();
    if (x.shape().dimension(1) != features) {
      throw unfit(x.shape());
    }
    int rows = x.shape().dimension(0);
    int outputs = packed.outputs();
    Tensor y;
    if (toBlocks) {
      Tensor whole =
          run.memory().allocate(DataType.FP32, Shape.of(RowBlocks.length(rows, outputs)));
      Shape real = Shape.of(rows, ChannelBlocks.padded(outputs));
      y = Tensor.of(DataType.FP32, real, whole.array(), whole.offset());
    } else {
      y = run.memory().allocate(DataType.FP32, Shape.of(rows, outputs));
    }
    multiply(x, fromBlocks, y, toBlocks, rows, run);
    return y;
  }

  private void multiply(
      Tensor x, boolean xInBlocks, Tensor y, boolean yInBlocks, int rows, Run run) {
    run.memory().work(WorkLimit.product(rows, packed.inputs(), packed.outputs()));
    packed.forward(
        x.floats(),
        x.offset(),
        xInBlocks,
        y.floats(),
        y.offset(),
        yInBlocks,
        rows,
        parameters.bind(run, rows, null),
        run.memory());
  }

  private IllegalArgumentException unfit(Shape shape) {
    return new IllegalArgumentException(
        "expected an input of shape (%s, %d), got %s"
            .formatted(separately == null ? "N" : "…", packed.inputs(), shape));
  }
}
