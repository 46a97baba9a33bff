package io.norma.http.codec.image;

import io.norma.fuzz.FuzzTarget;
import io.norma.fuzz.SampleFiles;
import io.norma.http.codec.ResponseForm;
import io.norma.kernel.tensor.ElementType;
import io.norma.network.TensorMetadata;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Images as bodies, for inputs of any size: one that takes grey ones, one that takes colours. */
public final class ImageFuzzTarget implements FuzzTarget {
  private static final long MOST_PIXELS = 1 << 18;
  private static final int WIDTH = 9;
  private static final int HEIGHT = 7;

  private final ImageFormat format;
  private final ImageRequest grey;
  private final ImageRequest colours;

  private ImageFuzzTarget(ImageFormat format) {
    this.format = format;
    PixelScale plain = new PixelScale(null, List.of(), List.of());
    PixelScale scaled = new PixelScale(0.5, List.of(0.4), List.of(0.2));
    grey = new ImageRequest(format, scaled, MOST_PIXELS, ResponseForm.BINARY);
    colours = new ImageRequest(format, plain, MOST_PIXELS, ResponseForm.BINARY);
  }

  public static List<FuzzTarget> all() {
    return List.of(new ImageFuzzTarget(ImageFormat.PNG), new ImageFuzzTarget(ImageFormat.JPEG));
  }

  @Override
  public String name() {
    return format == ImageFormat.PNG ? "image-png" : "image-jpeg";
  }

  @Override
  public List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (BufferedImage image :
        List.of(drawn(BufferedImage.TYPE_BYTE_GRAY), drawn(BufferedImage.TYPE_INT_RGB))) {
      seeds.add(written(image, false));
      seeds.add(written(image, true));
    }
    if (format == ImageFormat.PNG) {
      seeds.add(SampleFiles.digits("three.png"));
      seeds.add(written(drawn(BufferedImage.TYPE_BYTE_BINARY), false));
      byte[] levels = {0, 80, (byte) 255};
      BufferedImage palette =
          new BufferedImage(
              WIDTH,
              HEIGHT,
              BufferedImage.TYPE_BYTE_INDEXED,
              new IndexColorModel(2, levels.length, levels, levels, levels));
      seeds.add(written(palette, false));
    }
    return seeds;
  }

  private static BufferedImage drawn(int type) {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, type);
    for (int x = 0; x < WIDTH; x++) {
      for (int y = 0; y < HEIGHT; y++) {
        image.setRGB(x, y, 0xFF000000 | ((x * 28) << 16) | ((y * 36) << 8) | (x * y * 3));
      }
    }
    return image;
  }

  private byte[] written(BufferedImage image, boolean progressive) {
    ImageWriter writer = ImageIO.getImageWritersByMIMEType(format.mediaType()).next();
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file)) {
      ImageWriteParam how = writer.getDefaultWriteParam();
      how.setProgressiveMode(
          progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), how);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return file.toByteArray();
  }

  @Override
  public void read(byte[] input) {
    grey.read("model", List.of(input(ElementType.FP32, 1)), input.clone(), input.length);
    colours.read("model", List.of(input(ElementType.UINT8, 3)), input, input.length);
  }

  private static TensorMetadata input(ElementType type, long channels) {
    return new TensorMetadata("x", type, List.of(1L, channels, -1L, -1L));
  }
}
