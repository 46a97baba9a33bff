package io.norma.network.steps;

import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.convolution.BlockedConvolution;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;

/** The window of a convolution over the last shape it met: nearly always the next one too. */
public final class GeometryCache {
  private final Convolution layer;
  private final Shape weights;
  private final BlockedConvolution packed;
  private volatile Entry last;

  public GeometryCache(Convolution layer, Shape weights, BlockedConvolution packed) {
    this.layer = layer;
    this.weights = weights;
    this.packed = packed;
    this.last =
        new Entry(Shape.of(), new PlaneGeometry(1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1), Shape.of());
  }

  /** Shape of the weights, (M, C/groups, kH, kW). */
  public Shape weights() {
    return weights;
  }

  /**
   * The window over maps laid out as the packed weights want them.
   *
   * @throws IllegalArgumentException if it does not fit
   */
  Entry over(Tensor x) {
    Entry entry = last;
    if (!entry.input.equals(x.shape())) {
      Shape planes =
          packed.takesPlanes() ? x.shape() : BlockedTensors.planes(x, packed.inputChannels());
      PlaneGeometry geometry = layer.geometry(planes, weights, null).plane();
      Shape output =
          BlockedTensors.shape(
              planes.dimension(0),
              packed.outputChannels(),
              geometry.outputHeight(),
              geometry.outputWidth());
      entry = new Entry(x.shape(), geometry, output);
      last = entry;
    }
    return entry;
  }

  /**
   * What follows from the shape of an input.
   *
   * @param output in blocks
   */
  record Entry(Shape input, PlaneGeometry geometry, Shape output) {}
}
