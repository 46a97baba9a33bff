package io.norma.network.steps;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.blocks.BlockedPooling;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.layer.AveragePool;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Maximum or average pooling of maps in blocks.
 *
 * @param channels C
 */
public record BlockedPoolingStep(
    String name, String input, String output, int channels, Layer layer) implements Step {
  /** Whether a layer is a pooling that can be done in blocks. */
  public static boolean supports(Layer layer) {
    return switch (layer) {
      case MaxPool pool -> !pool.indices();
      case AveragePool pool -> !(pool.ceil() && pool.countsPadding());
      default -> false;
    };
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
    return switch (layer) {
      case MaxPool pool -> List.of(pool(inputs.get(0), pool.window(), pool.ceil(), null, run));
      case AveragePool pool -> List.of(pool(inputs.get(0), pool.window(), pool.ceil(), pool, run));
      default -> throw new IllegalStateException(layer + " is no pooling");
    };
  }

  private Tensor pool(
      Tensor x, Window window, boolean ceil, @Nullable AveragePool average, Run run) {
    Shape planes = BlockedTensors.planes(x, channels);
    PlaneGeometry geometry = window.over(planes, window.kernel(), ceil).plane();
    int rows = planes.dimension(0);
    Tensor y =
        run.memory()
            .allocate(
                DataType.FP32,
                BlockedTensors.shape(
                    rows, channels, geometry.outputHeight(), geometry.outputWidth()));
    int maps = rows * x.shape().dimension(1);
    run.memory().work(WorkLimit.product(y.size(), geometry.kernelHeight(), geometry.kernelWidth()));
    if (average == null) {
      BlockedPooling.maximum(x.floats(), x.offset(), y.floats(), y.offset(), maps, geometry);
    } else {
      BlockedPooling.average(
          x.floats(), x.offset(), y.floats(), y.offset(), maps, geometry, average.countsPadding());
    }
    // A window wholly in the padding has no finite result, in channels past the last neither.
    ChannelBlocks.clearPadding(y.floats(), y.offset(), rows, channels, geometry.outputPixels());
    return y;
  }
}
