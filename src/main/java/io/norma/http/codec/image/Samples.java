package io.norma.http.codec.image;

import io.norma.http.codec.RequestMemory;
import io.norma.serving.ServingException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import org.jspecify.annotations.Nullable;

/**
 * The samples of an image, 0 to 255, channel by channel: as they are in the file, without the
 * curves that ImageIO puts between grey and RGB. Grey from RGB is its luma by ITU-R BT.601, 0.299 R
 * + 0.587 G + 0.114 B, in the fixed-point numbers that libjpeg and Pillow round it in.
 */
final class Samples {
  private static final int OPAQUE = 255;
  private static final int LUMA_BITS = 16;
  private static final int LUMA_RED = 19595;
  private static final int LUMA_GREEN = 38470;
  private static final int LUMA_BLUE = 7471;

  private final Raster raster;
  private final @Nullable IndexColorModel palette;
  private final boolean grey;
  private final boolean alpha;
  private final int bands;

  private Samples(BufferedImage image) {
    raster = image.getRaster();
    ColorModel colours = image.getColorModel();
    palette = colours instanceof IndexColorModel indexed ? indexed : null;
    grey = colours.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    alpha = colours.hasAlpha();
    bands = raster.getNumBands();
  }

  /**
   * Those of an image.
   *
   * @param channels 1 for grey, 3 for red, green and blue
   * @throws ServingException.Invalid if a pixel can be seen through
   */
  static byte[] of(BufferedImage image, int channels) {
    Samples samples = new Samples(image);
    int width = image.getWidth();
    int height = image.getHeight();
    int plane = Math.multiplyExact(width, height);
    RequestMemory.current().take((long) channels * plane);
    byte[] planes = new byte[Math.multiplyExact(channels, plane)];
    int[] row = new int[width * samples.bands];
    for (int y = 0; y < height; y++) {
      samples.raster.getPixels(samples.raster.getMinX(), y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int colour = samples.colour(row, x, y);
        int at = y * width + x;
        if (channels == 1) {
          planes[at] = (byte) luma(colour);
        } else {
          planes[at] = (byte) (colour >> 16);
          planes[plane + at] = (byte) (colour >> 8);
          planes[2 * plane + at] = (byte) colour;
        }
      }
      giveWay();
    }
    return planes;
  }

  /** A pixel as 0xRRGGBB. */
  private int colour(int[] row, int x, int y) {
    if (palette != null) {
      int index = row[x];
      requireOpaque(palette.getAlpha(index), x, y);
      return palette.getRGB(index) & 0xFFFFFF;
    }
    int first = x * bands;
    if (alpha) {
      requireOpaque(row[first + bands - 1], x, y);
    }
    return grey
        ? row[first] * 0x010101
        : (row[first] << 16) | (row[first + 1] << 8) | row[first + 2];
  }

  private static void requireOpaque(int alpha, int x, int y) {
    if (alpha != OPAQUE) {
      throw new ServingException.Invalid(
          "the image is not opaque: the pixel at x = %d, y = %d has an alpha of %d of 255; put it on a background before you send it"
              .formatted(x, y, alpha));
    }
  }

  private static int luma(int colour) {
    int red = colour >> 16;
    int green = (colour >> 8) & 0xFF;
    int blue = colour & 0xFF;
    return (red * LUMA_RED + green * LUMA_GREEN + blue * LUMA_BLUE + (1 << (LUMA_BITS - 1)))
        >> LUMA_BITS;
  }

  /** Lets what else there is to do go on. */
  @SuppressWarnings("ThreadPriorityCheck") // virtual threads are not preempted
  private static void giveWay() {
    Thread.yield();
  }
}
