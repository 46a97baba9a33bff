package io.norma.runningstatistics;

import io.norma.kernel.statistics.ChannelMoments;
import java.util.Arrays;

/**
 * Moments per layer over a sliding window of time, kept in {@value #PARTS} parts of which the
 * oldest is dropped as a whole: what is read goes back at least (parts − 1)/parts of the window.
 */
final class MomentWindow {
  private static final int PARTS = 6;

  private final int[] channels;
  private final long nanosPerPart;
  private final Part[] parts = new Part[PARTS];

  /**
   * @param channels C of each layer
   * @param windowNanos length of the window
   */
  MomentWindow(int[] channels, long windowNanos) {
    this.channels = channels.clone();
    nanosPerPart = Math.max(1, windowNanos / PARTS);
  }

  /**
   * Adds the moments of one layer.
   *
   * @param now {@link System#nanoTime}
   * @param rows 0 if this layer's call brings no rows that were not counted before
   */
  synchronized void add(int layer, ChannelMoments moments, int rows, long now) {
    Part part = part(now);
    part.rows += rows;
    part.layers[layer] = part.layers[layer].merge(moments);
  }

  private Part part(long now) {
    long number = Math.floorDiv(now, nanosPerPart);
    int index = (int) Math.floorMod(number, (long) PARTS);
    Part part = parts[index];
    if (part == null || part.number != number) {
      part = new Part(number, channels);
      parts[index] = part;
    }
    return part;
  }

  /** Rows in the window. */
  synchronized long rows(long now) {
    long rows = 0;
    for (Part part : parts) {
      rows += isCurrent(part, now) ? part.rows : 0;
    }
    return rows;
  }

  /** Moments of one layer over the window. */
  synchronized ChannelMoments moments(int layer, long now) {
    ChannelMoments moments = ChannelMoments.empty(channels[layer]);
    for (Part part : parts) {
      if (isCurrent(part, now)) {
        moments = moments.merge(part.layers[layer]);
      }
    }
    return moments;
  }

  private boolean isCurrent(Part part, long now) {
    return part != null && Math.floorDiv(now, nanosPerPart) - part.number < PARTS;
  }

  private static final class Part {
    private final long number;
    private final ChannelMoments[] layers;
    private long rows;

    private Part(long number, int[] channels) {
      this.number = number;
      layers =
          Arrays.stream(channels).mapToObj(ChannelMoments::empty).toArray(ChannelMoments[]::new);
    }
  }
}
