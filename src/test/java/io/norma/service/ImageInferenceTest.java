package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.TensorProto;
import java.awt.Color;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Images as bodies, of networks that answer what they read: y = x. */
final class ImageInferenceTest extends ServiceTest {
  private static final Map<String, String> PNG = Map.of("Content-Type", "image/png");
  private static final Map<String, String> JPEG = Map.of("Content-Type", "image/jpeg");
  private static final String GREY = "/v2/models/grey-2x3/infer";
  private static final String COLOURS = "/v2/models/colours/infer";

  @BeforeEach
  void upload() {
    upload("grey-2x3", OnnxBuilder.FLOAT, -1, 1, 2, 3);
    upload("colours", OnnxBuilder.FLOAT, 1, 3, -1, -1);
  }

  private void upload(String name, int type, long... shape) {
    byte[] model =
        OnnxBuilder.operatorSet(17)
            .input(OnnxBuilder.declaration("x", type, shape))
            .node("same", "Identity", List.of("x"), List.of("y"))
            .output(OnnxBuilder.declaration("y", type, shape))
            .bytes();
    assertThat(client.put("/v1/models/" + name + "/versions/1", model).status())
        .isBetween(200, 201);
  }

  private static byte[] encoded(BufferedImage image, String format) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      assertThat(ImageIO.write(image, format, file)).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }

  /** 3 wide, 2 high; the raster is what the file holds. */
  private static BufferedImage grey(int... samples) {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setPixels(0, 0, 3, 2, samples);
    return image;
  }

  /** Of one row. */
  private static BufferedImage colours(int type, int... colours) {
    BufferedImage image = new BufferedImage(colours.length, 1, type);
    for (int x = 0; x < colours.length; x++) {
      image.setRGB(x, 0, colours[x]);
    }
    return image;
  }

  private static double[] data(Exchange answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    JsonNode data = answer.json().at("/outputs/0/data");
    double[] values = new double[data.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = data.get(i).floatValue();
    }
    return values;
  }

  private void refuses(
      String path, byte[] body, Map<String, String> headers, int status, String... words) {
    Exchange refused = client.post(path, body, headers);
    assertThat(refused.status()).as(refused.text()).isEqualTo(status);
    assertThat(ExchangeValidator.reason(refused)).contains(words);
  }

  @Test
  void dividesGreySamplesBy255() {
    Exchange answer = client.post(GREY, encoded(grey(0, 1, 127, 128, 254, 255), "png"), PNG);

    assertThat(data(answer))
        .containsExactly(0, (float) (1 / 255.0), 127 / 255f, 128 / 255f, 254 / 255f, 1);
    assertThat(answer.json().at("/outputs/0/shape").toString()).isEqualTo("[1,1,2,3]");
  }

  @Test
  void putsColoursInPlanesOfRedGreenAndBlue() {
    BufferedImage image =
        colours(BufferedImage.TYPE_INT_RGB, 0xFF0000, 0x00FF00, 0x0000FF, 0x336699);

    assertThat(data(client.post(COLOURS + "?scale=1", encoded(image, "png"), PNG)))
        .containsExactly(255, 0, 0, 0x33, 0, 255, 0, 0x66, 0, 0, 255, 0x99);
  }

  @Test
  void takesMeanAndStandardDeviationOfEachChannel() {
    byte[] image = encoded(colours(BufferedImage.TYPE_INT_RGB, 0xFF8000), "png");
    String query = "?mean=0.485,0.456,0.406&standard_deviation=0.229,0.224,0.225";

    assertThat(data(client.post(COLOURS + query, image, PNG)))
        .usingComparatorWithPrecision(1e-6)
        .containsExactly((1 - 0.485) / 0.229, (128 / 255.0 - 0.456) / 0.224, (0 - 0.406) / 0.225);
    assertThat(data(client.post(COLOURS + "?mean=0.5&standard_deviation=.5", image, PNG)))
        .usingComparatorWithPrecision(1e-6)
        .containsExactly(1, 2 * (128 / 255.0) - 1, -1);
  }

  /** As Pillow's {@code convert("L")} has them. */
  @Test
  void makesLumaOfColoursWhereTheModelTakesGrey() {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    int[] colours = {0xFF0000, 0x00FF00, 0x0000FF, 0xFFFFFF, 0x336699, 0x000000};
    for (int i = 0; i < colours.length; i++) {
      image.setRGB(i % 3, i / 3, colours[i]);
    }

    assertThat(data(client.post(GREY + "?scale=1", encoded(image, "png"), PNG)))
        .containsExactly(76, 150, 29, 255, 93, 0);
  }

  @Test
  void repeatsGreyWhereTheModelTakesColours() {
    byte[] image = encoded(grey(0, 1, 127, 128, 254, 255), "png");

    assertThat(data(client.post(COLOURS + "?scale=1", image, PNG)))
        .containsExactly(
            0, 1, 127, 128, 254, 255, 0, 1, 127, 128, 254, 255, 0, 1, 127, 128, 254, 255);
  }

  @Test
  void takesPalettesAndFewBits() {
    byte[] levels = {0, 100, (byte) 200, (byte) 255};
    IndexColorModel palette = new IndexColorModel(2, 4, levels, new byte[4], levels);
    BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_BYTE_BINARY, palette);
    image.getRaster().setPixels(0, 0, 4, 1, new int[] {3, 2, 1, 0});
    BufferedImage bits = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_BINARY);
    bits.getRaster().setPixels(0, 0, 3, 2, new int[] {0, 1, 0, 1, 1, 0});

    assertThat(data(client.post(COLOURS + "?scale=1", encoded(image, "png"), PNG)))
        .containsExactly(255, 200, 100, 0, 0, 0, 0, 0, 255, 200, 100, 0);
    assertThat(data(client.post(GREY, encoded(bits, "png"), PNG)))
        .containsExactly(0, 1, 0, 1, 1, 0);
  }

  @Test
  void takesTransparencyOnlyWhereAllIsOpaque() {
    byte[] opaque = encoded(colours(BufferedImage.TYPE_INT_ARGB, 0xFF010203, 0xFF0A0B0C), "png");
    byte[] seeThrough =
        encoded(colours(BufferedImage.TYPE_INT_ARGB, 0xFF010203, 0x7F0A0B0C), "png");

    assertThat(data(client.post(COLOURS + "?scale=1", opaque, PNG)))
        .containsExactly(1, 10, 2, 11, 3, 12);
    refuses(COLOURS, seeThrough, PNG, 400, "not opaque", "x = 1, y = 0", "127 of 255");
  }

  /** What is one colour all over comes back but for the rounding of the compression. */
  @Test
  void takesJpegOfGreyAndOfColours() {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    image.createGraphics().fillRect(0, 0, 16, 16);
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 16; x++) {
        image.setRGB(x, y, new Color(200, 100, 50).getRGB());
      }
    }

    double[] samples = data(client.post(COLOURS + "?scale=1", encoded(image, "jpeg"), JPEG));
    assertThat(samples).hasSize(3 * 256);
    assertThat(samples[0]).isCloseTo(200, within(2.0));
    assertThat(samples[256]).isCloseTo(100, within(2.0));
    assertThat(samples[512]).isCloseTo(50, within(2.0));
    assertThat(
            data(
                client.post(
                    GREY + "?scale=1", encoded(grey(90, 90, 90, 90, 90, 90), "jpeg"), JPEG)))
        .containsExactly(new double[] {90, 90, 90, 90, 90, 90}, within(1.0));
  }

  /** A profile says what samples look like, not what they are. */
  @Test
  void passesOverColourProfiles() throws IOException {
    byte[] plain = encoded(colours(BufferedImage.TYPE_INT_RGB, 0x204060, 0x80A0C0), "jpeg");
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(plain, 0, 20); // The start, and the marker that says JFIF.
    file.write(ByteBuffer.allocate(4).putInt(0xFFE20000 + 16 + profile.length).array());
    file.write("ICC_PROFILE\u0000\u0001\u0001".getBytes(StandardCharsets.US_ASCII));
    file.write(profile);
    file.write(plain, 20, plain.length - 20);

    assertThat(data(client.post(COLOURS, file.toByteArray(), JPEG)))
        .isEqualTo(data(client.post(COLOURS, plain, JPEG)));
  }

  @Test
  void givesSamplesAsTheyAreToInputsOfThatType() {
    upload("samples", TensorProto.DataType.UINT8_VALUE, 1, 1, 2, 3);
    byte[] image = encoded(grey(0, 1, 127, 128, 254, 255), "png");

    assertThat(data(client.post("/v2/models/samples/infer", image, PNG)))
        .containsExactly(0, 1, 127, 128, 254, 255);
    refuses("/v2/models/samples/infer?scale=1", image, PNG, 400, "UINT8", "as they are");
  }

  @Test
  void answersInBinaryOrAsAnArrayWhereThatIsPreferred() {
    byte[] image = encoded(grey(0, 51, 102, 153, 204, 255), "png");
    Exchange binary =
        client.post(
            GREY, image, Map.of("Content-Type", "image/png", "Accept", "application/octet-stream"));
    Exchange array =
        client.post(
            GREY,
            image,
            Map.of(
                "Content-Type",
                "image/png",
                "Accept",
                "application/json;q=0.5, application/x-npy"));
    Exchange both =
        client.post(
            GREY,
            image,
            Map.of(
                "Content-Type",
                "image/png",
                "Accept",
                "application/octet-stream, application/json"));

    ByteBuffer floats = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    floats.asFloatBuffer().put(new float[] {0, 51 / 255f, 102 / 255f, 153 / 255f, 204 / 255f, 1});
    assertThat(InferenceAnswer.of(binary).binary()).isEqualTo(floats.array());
    assertThat(array.header("Content-Type")).isEqualTo("application/x-npy");
    assertThat(new String(array.body(), 10, 118, StandardCharsets.US_ASCII).strip())
        .isEqualTo("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2, 3), }");
    assertThat(Arrays.copyOfRange(array.body(), 128, 152)).isEqualTo(floats.array());
    assertThat(both.header("Content-Type")).isEqualTo("application/json");
  }

  @Test
  void isAnsweredByAVersionToo() {
    assertThat(
            data(
                client.post(
                    "/v2/models/grey-2x3/versions/1/infer?scale=1",
                    encoded(grey(1, 2, 3, 4, 5, 6), "png"),
                    Map.of("Content-Type", "Image/PNG; name=digit"))))
        .containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void refusesOtherSizesNamingBoth() {
    byte[] image = encoded(new BufferedImage(4, 5, BufferedImage.TYPE_INT_RGB), "png");

    refuses(
        GREY,
        image,
        PNG,
        400,
        "4 pixels wide and 5 high",
        "'x' of model 'grey-2x3'",
        "width of 3 and a height of 2");
  }

  @Test
  void refusesModelsThatTakeNoImage() {
    upload("flat", OnnxBuilder.FLOAT, -1, 4);
    upload("two-images", OnnxBuilder.FLOAT, 2, 3, 4, 4);
    byte[] image = encoded(grey(1, 2, 3, 4, 5, 6), "png");

    refuses(
        "/v2/models/flat/infer", image, PNG, 400, "takes no image", "'x' (FP32, shape [-1, 4])");
    refuses("/v2/models/two-images/infer", image, PNG, 400, "takes no image", "[2, 3, 4, 4]");
    refuses("/v2/models/cats/infer", image, PNG, 404, "unknown model");
  }

  @Test
  void refusesWhatIsBrokenOrNoImage() {
    byte[] png = encoded(grey(1, 2, 3, 4, 5, 6), "png");
    byte[] jpeg = encoded(new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB), "jpeg");
    byte[] garbled = jpeg.clone();
    Arrays.fill(garbled, jpeg.length - 40, jpeg.length - 2, (byte) 0x5A);

    refuses(GREY, Arrays.copyOf(png, png.length - 30), PNG, 400, "the PNG is damaged");
    refuses(GREY, Arrays.copyOf(png, 20), PNG, 400, "the PNG is damaged");
    refuses(COLOURS, Arrays.copyOf(jpeg, jpeg.length - 20), JPEG, 400, "the JPEG is damaged");
    refuses(GREY, jpeg, PNG, 400, "no PNG", "send it as image/jpeg");
    refuses(GREY, "{}".getBytes(StandardCharsets.UTF_8), PNG, 400, "no PNG", "bytes 7B 7D");
    refuses(GREY, new byte[0], PNG, 400, "it is empty");
    refuses(GREY, png, Map.of("Content-Type", "image/gif"), 415, "image/gif", "image/jpeg");
  }

  @Test
  void refusesKindsThatItDoesNotReadByName() throws IOException {
    byte[] deep = encoded(new BufferedImage(3, 2, BufferedImage.TYPE_USHORT_GRAY), "png");

    refuses(GREY, deep, PNG, 400, "16 bits for each sample", "application/x-npy");
    refuses(COLOURS, fourColours(), JPEG, 400, "CMYK");
  }

  /** A JPEG of four components, as programs for print make them. */
  private static byte[] fourColours() throws IOException {
    WritableRaster raster = Raster.createInterleavedRaster(0, 8, 8, 4, null);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(raster, null, null), null);
    } finally {
      writer.dispose();
    }
    return file.toByteArray();
  }

  /** 60000 × 60000 pixels in some hundred bytes. */
  @Test
  void refusesAnImageThatUnpacksToMoreThanTheLimitByItsHeader() throws IOException {
    refuses(
        COLOURS,
        bomb(60_000, 60_000),
        PNG,
        413,
        "60000×60000",
        "16777216 of norma.http.max-image-pixels");
    refuses(GREY, bomb(4000, 4000), PNG, 400, "4000 pixels wide");
  }

  private static byte[] bomb(int width, int height) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    chunk(
        file,
        "IHDR",
        ByteBuffer.allocate(13).putInt(width).putInt(height).put(new byte[] {8, 2}).array());
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    try (OutputStream deflater = new DeflaterOutputStream(rows)) {
      deflater.write(new byte[1 << 16]);
    }
    chunk(file, "IDAT", rows.toByteArray());
    chunk(file, "IEND", new byte[0]);
    return file.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream file, String type, byte[] data)
      throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data);
    file.write(ByteBuffer.allocate(4).putInt(data.length).array());
    file.write(name);
    file.write(data);
    file.write(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
  }

  @Test
  void refusesAJpegOfEndlesslyManyScans() {
    byte[] jpeg = encoded(grey(1, 2, 3, 4, 5, 6), "jpeg");
    byte[] scans = Arrays.copyOf(jpeg, jpeg.length + 400);
    for (int i = jpeg.length; i < scans.length; i += 2) {
      scans[i] = (byte) 0xFF;
      scans[i + 1] = (byte) 0xDA;
    }

    refuses(GREY, scans, JPEG, 400, "201 scans", "at most 100");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "scale=x | 'scale' must be finite numbers with commas between them, but is 'x'",
        "scale=1,2 | 'scale' must be one number, but is '1,2'",
        "scale=1e999 | 'scale' must be finite",
        "scale= | 'scale' must be finite numbers with commas between them, but is ''",
        "scale=1&scale=2 | 'scale' is there twice",
        "scale=1e38 | a sample of 4 becomes 4.0E38, which is no finite FP32",
        "mean=1,2 | 'mean' must have one number, or one for each channel, but has 2",
        "standard_deviation=0 | 'standard_deviation' must be numbers above 0, but is '0'",
        "standard_deviation=1,-1,1 | must be numbers above 0, but is '1,-1,1'",
        "means=0.5 | did you mean 'mean'?",
      })
  void refusesParametersThatItDoesNotUnderstand(String query, String word) {
    byte[] image = encoded(colours(BufferedImage.TYPE_INT_RGB, 0xFF0000), "png");

    refuses(COLOURS + "?" + query, image, PNG, 400, word);
    assertThat(client.post(COLOURS + "?tenant=a&x=1", image, PNG).status()).isEqualTo(200);
  }
}
