package io.norma.network.steps;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.convolution.BlockedConvolution;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A convolution with what follows it: batch normalization, residual addition, activation, each
 * where the network has it. Reads planes or blocks, as its packed weights want, and writes blocks.
 *
 * @param inputs x, and the residual if there is one
 * @param sum the layer that adds a residual which is not of the output's shape, or refuses it
 */
public record FusedConvolutionStep(
    String name,
    List<String> inputs,
    String output,
    GeometryCache geometries,
    BlockedConvolution packed,
    EpilogueParameters parameters,
    Layer sum)
    implements Step {
  @Override
  public List<String> outputs() {
    return List.of(output);
  }

  @Override
  public List<Tensor> execute(Inputs inputs, Run run) {
    Tensor x = inputs.get(0);
    GeometryCache.Entry window = geometries.over(x);
    PlaneGeometry geometry = window.geometry();
    Shape shape = window.output();
    int rows = shape.dimension(0);
    Tensor residual = inputs.optional(1);
    if (residual != null && !residual.shape().equals(shape)) {
      return List.of(addBroadcast(x, residual, shape, geometry, run));
    }
    Tensor y = run.memory().allocate(DataType.FP32, shape);
    convolve(x, y, geometry, parameters.bind(run, rows, residual), run);
    return List.of(y);
  }

  private void convolve(Tensor x, Tensor y, PlaneGeometry geometry, Epilogue epilogue, Run run) {
    if (y.size() == 0) {
      return;
    }
    Shape weights = geometries.weights();
    run.memory()
        .work(
            WorkLimit.product(
                y.size(), weights.dimension(1), weights.dimension(2), weights.dimension(3)));
    packed.forward(
        x.floats(),
        x.offset(),
        y.floats(),
        y.offset(),
        y.shape().dimension(0),
        geometry,
        epilogue,
        run.memory());
    ChannelBlocks.clearPadding(
        y.floats(),
        y.offset(),
        y.shape().dimension(0),
        packed.outputChannels(),
        geometry.outputPixels());
  }

  /** The rare sum whose residual is not of the output's shape: each part by itself. */
  private Tensor addBroadcast(
      Tensor x, @Nullable Tensor residual, Shape shape, PlaneGeometry geometry, Run run) {
    EpilogueParameters before = parameters.withoutActivation();
    Tensor convolved = run.memory().allocate(DataType.FP32, shape);
    convolve(x, convolved, geometry, before.bind(run, shape.dimension(0), null), run);
    Tensor y = sum.forward(Inputs.of(convolved, residual), run.memory()).getFirst();
    parameters.activation().apply(y.floats(), y.offset(), y.size());
    return y;
  }
}
