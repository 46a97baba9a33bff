package io.norma.http.codec.image;

import io.norma.http.codec.RequestMemory;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.serving.ServingException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.event.IIOReadProgressListener;
import javax.imageio.event.IIOReadWarningListener;
import org.jspecify.annotations.Nullable;

/**
 * Decodes images by the JDK's own readers. How large one is is known from its header, before any
 * pixel is decoded.
 */
final class ImageDecoder {
  /**
   * A raster of up to four bands, and the coefficients of a progressive JPEG, which are kept until
   * its last scan.
   */
  private static final int BYTES_PER_PIXEL = 4 + 6;

  private static final int BITS = 8;

  /** Encoders make ten; each is gone through over all pixels, however short it is. */
  private static final int MOST_SCANS = 100;

  /** A marker of two bytes and a length of two. */
  private static final int SEGMENT_HEAD = 4;

  private static final byte SCAN = (byte) 0xDA;
  private static final byte PROFILE_SEGMENT = (byte) 0xE2;
  private static final byte[] PROFILE = "ICC_PROFILE".getBytes(StandardCharsets.US_ASCII);

  private final ImageFormat format;
  private final byte[] body;
  private final int length;

  ImageDecoder(ImageFormat format, byte[] body, int length) {
    this.format = format;
    this.body = body;
    this.length = length;
  }

  /**
   * The image.
   *
   * @param mostPixels that it may have
   * @throws ServingException.Invalid if it is damaged, of a kind that is not read, or of another
   *     size than the input
   * @throws ServingException.TooLarge if it has more pixels
   * @throws MemoryLimitException if there is no memory for it
   */
  BufferedImage decode(ImageInput input, long mostPixels) {
    format.requireStart(body, length);
    if (format == ImageFormat.JPEG) {
      requireFewScans();
      hideProfiles();
    }
    ImageReader reader = ImageIO.getImageReadersByMIMEType(format.mediaType()).next();
    try (BytesInput bytes = new BytesInput(body, length)) {
      reader.setInput(bytes, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if ((long) width * height > mostPixels) {
        throw new ServingException.TooLarge(
            "the image has %d×%d pixels, more than the %d of norma.http.max-image-pixels"
                .formatted(width, height, mostPixels));
      }
      input.require(width, height);
      requireKnownKind(reader.getImageTypes(0));
      RequestMemory.current().take((long) width * height * BYTES_PER_PIXEL);
      Damage damage = new Damage();
      reader.addIIOReadWarningListener(damage);
      reader.addIIOReadProgressListener(new GivingWay());
      BufferedImage image = reader.read(0);
      if (damage.found != null) {
        throw damaged(damage.found, null);
      }
      return image;
    } catch (ServingException | MemoryLimitException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The readers stumble over what is damaged in many ways.
      throw damaged(String.valueOf(e.getMessage()), e);
    } finally {
      reader.dispose();
    }
  }

  private void requireKnownKind(Iterator<ImageTypeSpecifier> types) {
    if (!types.hasNext()) {
      throw new ServingException.Invalid(
          "the %s is neither grey nor RGB: convert it".formatted(format));
    }
    ColorModel colours = types.next().getColorModel();
    int space = colours.getColorSpace().getType();
    if (space != ColorSpace.TYPE_GRAY && space != ColorSpace.TYPE_RGB) {
      throw new ServingException.Invalid(
          "the %s is %s; expected grey or RGB: convert it"
              .formatted(
                  format,
                  space == ColorSpace.TYPE_CMYK
                      ? "CMYK"
                      : "of " + colours.getNumComponents() + " colours"));
    }
    for (int bits : colours.getComponentSize()) {
      if (bits > BITS) {
        throw new ServingException.Invalid(
            "the %s has %d bits for each sample; expected at most %d: convert it, or send the numbers themselves as application/x-npy"
                .formatted(format, bits, BITS));
      }
    }
  }

  /** Markers of scans (0xFFDA); within a scan a 0xFF has a 0 or a restart behind it. */
  private void requireFewScans() {
    int scans = 0;
    for (int i = 1; i < length; i++) {
      if (body[i - 1] == (byte) 0xFF && body[i] == SCAN) {
        scans++;
      }
    }
    if (scans > MOST_SCANS) {
      throw new ServingException.Invalid(
          "the JPEG has %d scans; expected at most %d".formatted(scans, MOST_SCANS));
    }
  }

  /**
   * Has the reader find no colour profile (ICC.1, annex B.4): by one it would turn samples into
   * others. The body is nobody else's.
   */
  private void hideProfiles() {
    int at = 2;
    while (at + SEGMENT_HEAD <= length && body[at] == (byte) 0xFF && body[at + 1] != SCAN) {
      if (body[at + 1] == PROFILE_SEGMENT
          && at + SEGMENT_HEAD + PROFILE.length <= length
          && Arrays.equals(
              body,
              at + SEGMENT_HEAD,
              at + SEGMENT_HEAD + PROFILE.length,
              PROFILE,
              0,
              PROFILE.length)) {
        body[at + SEGMENT_HEAD] = 0;
      }
      int first = Byte.toUnsignedInt(body[at + 2]);
      at += 2 + (first << Byte.SIZE) + Byte.toUnsignedInt(body[at + 3]);
    }
  }

  private ServingException damaged(String reason, @Nullable Exception cause) {
    String message =
        "the %s is damaged, or of a kind that is not read: %s".formatted(format, reason);
    return cause == null
        ? new ServingException.Invalid(message)
        : new ServingException.Invalid(message, cause);
  }

  /** Where pixels are missing, the reader of JPEG warns and makes some up. */
  private static final class Damage implements IIOReadWarningListener {
    private @Nullable String found;

    @Override
    public void warningOccurred(ImageReader source, String warning) {
      if (warning.startsWith("Corrupt")
          || warning.startsWith("Premature")
          || warning.startsWith("Truncated")) {
        found = warning;
      }
    }
  }

  /** Lets what else there is to do go on, row by row. */
  private static final class GivingWay implements IIOReadProgressListener {
    @Override
    @SuppressWarnings("ThreadPriorityCheck") // virtual threads are not preempted
    public void imageProgress(ImageReader source, float percentageDone) {
      Thread.yield();
    }

    @Override
    public void sequenceStarted(ImageReader source, int minIndex) {}

    @Override
    public void sequenceComplete(ImageReader source) {}

    @Override
    public void imageStarted(ImageReader source, int imageIndex) {}

    @Override
    public void imageComplete(ImageReader source) {}

    @Override
    public void thumbnailStarted(ImageReader source, int imageIndex, int thumbnailIndex) {}

    @Override
    public void thumbnailProgress(ImageReader source, float percentageDone) {}

    @Override
    public void thumbnailComplete(ImageReader source) {}

    @Override
    public void readAborted(ImageReader source) {}
  }
}
