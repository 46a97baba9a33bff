package io.norma.network.steps;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Resize;
import io.norma.kernel.layer.support.CoordinateMode;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Node;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Resizing of maps in blocks by factors that are known before a run.
 *
 * @param resize of (N, ⌈C / 16⌉, H, W, 16) along H and W
 * @param scales (2)
 */
public record BlockedResizeStep(
    String name, String input, String output, Resize resize, Tensor scales) implements Step {
  private static final int[] MAP_AXES = {2, 3};

  /** The step for a node on blocks; {@code null} if it resizes otherwise, or not at all. */
  public static @Nullable BlockedResizeStep of(
      Node node, String input, String output, Map<String, Tensor> constants) {
    if (!(node.layer() instanceof Resize resize)
        || resize.axes().length > 0
        || resize.resampling().coordinates() == CoordinateMode.TF_CROP_AND_RESIZE
        || node.inputs().size() != 3) {
      return null;
    }
    Tensor all = constants.get(node.inputs().get(2));
    if (all == null || all.size() != 4 || all.getDouble(0) != 1 || all.getDouble(1) != 1) {
      return null;
    }
    Tensor scales = Tensor.of(Shape.of(2), (float) all.getDouble(2), (float) all.getDouble(3));
    Resize ofMaps = new Resize(resize.resampling(), MAP_AXES, resize.aspectRatio());
    return new BlockedResizeStep(node.name(), input, output, ofMaps, scales);
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
    return resize.forward(Inputs.of(inputs.get(0), null, scales), run.memory());
  }
}
