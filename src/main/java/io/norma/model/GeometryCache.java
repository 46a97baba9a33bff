package io.norma.model;

import io.norma.kernel.compute.PlaneGeometry;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.tensor.Shape;

/** The window of a convolution over the last shape it met: nearly always the next one too. */
final class GeometryCache {
  private final Convolution layer;
  private final Shape weights;
  private volatile Entry last;

  GeometryCache(Convolution layer, Shape weights) {
    this.layer = layer;
    this.weights = weights;
    this.last = new Entry(Shape.of(), new PlaneGeometry(1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1));
  }

  /**
   * The window over maps (N, C, H, W).
   *
   * @throws IllegalArgumentException if it does not fit
   */
  PlaneGeometry over(Shape maps) {
    Entry entry = last;
    if (!entry.maps.equals(maps)) {
      entry = new Entry(maps, layer.geometry(maps, weights, null).plane());
      last = entry;
    }
    return entry.geometry;
  }

  private record Entry(Shape maps, PlaneGeometry geometry) {}
}
