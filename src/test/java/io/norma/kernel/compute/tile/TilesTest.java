package io.norma.kernel.compute.tile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Simd;
import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.compute.tile.TileShape.Access;
import io.norma.kernel.compute.tile.TileShape.Form;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class TilesTest {
  private static final Path SOURCES = Path.of("src/main/java/io/norma/kernel/compute/tile");
  private static final int[] TAPS = {0, 290, 33};
  private static final int Y_BLOCK = 17 * 16;
  private static final int SHIFT_DELTA = 40;

  private final Random random = new Random(3);

  static List<TileShape> shapes() {
    return TileShape.ALL;
  }

  static Stream<Arguments> methods() {
    return TileShape.ALL.stream()
        .flatMap(shape -> shape.forms().stream().map(form -> Arguments.of(shape, form)));
  }

  /** {@code -Dnorma.test.write-tiles=true} makes it so. */
  @ParameterizedTest
  @MethodSource("shapes")
  void tilesAreAsGenerated(TileShape shape) throws IOException {
    Path file = SOURCES.resolve(shape.className() + ".java");
    if (Boolean.getBoolean("norma.test.write-tiles")) {
      Files.writeString(file, TileSource.of(shape));
    }
    assertThat(file).hasContent(TileSource.of(shape));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void computesItsFormula(TileShape shape, Form form) throws ReflectiveOperationException {
    Assumptions.assumeTrue(Simd.isAvailable(), "tiles are made of vectors");
    for (boolean continues : new boolean[] {false, true}) {
      Activation clamp = Activation.clamp(-20, 30);
      Epilogue epilogue = new Epilogue(values(80), 0, SHIFT_DELTA, 0, clamp, null, 0);
      PanelProduct product =
          new PanelProduct(
              values(600),
              TAPS,
              values(2 + TAPS.length * 3 * 16 * PanelProduct.PANEL),
              values(3 + 2 * Y_BLOCK),
              Y_BLOCK,
              0,
              epilogue);
      if (continues) {
        product.startFromOutput();
      }
      float[] expected = expected(shape, form, product, continues);
      call(shape, form, product);
      assertThat(product.y).containsExactly(expected, within(1e-3f));
    }
  }

  /** With x from 1, weights from 2, y from 3 and the epilogue's vectors from 4 on. */
  private static void call(TileShape shape, Form form, PanelProduct product)
      throws ReflectiveOperationException {
    List<Object> arguments = new ArrayList<>();
    arguments.add(product);
    boolean narrow = shape.access().isNarrow();
    if (narrow) {
      arguments.add(panel(shape));
      if (shape.pixels() > 1) {
        arguments.add(shape.access().pixelStride());
      }
      arguments.add(depth(shape));
    }
    arguments.addAll(List.of(1, 2, 3));
    if (narrow) {
      arguments.addAll(List.of(lanes(shape), 3 + position(0, lanes(shape))));
    }
    if (form == Form.FINISH) {
      arguments.add(4);
    }
    Class<?> tile = Class.forName(TilesTest.class.getPackageName() + "." + shape.className());
    for (Method method : tile.getMethods()) {
      if (method.getName().equals(form.method)) {
        method.invoke(null, arguments.toArray());
        return;
      }
    }
    throw new NoSuchMethodException(form.method);
  }

  private static float[] expected(
      TileShape shape, Form form, PanelProduct product, boolean continues) {
    float[] y = product.y.clone();
    for (int pixel = 0; pixel < shape.pixels(); pixel++) {
      for (int channel = 0; channel < shape.vectors() * lanes(shape); channel++) {
        int at = 3 + position(pixel, channel);
        double sum = continues && form != Form.MULTIPLY ? y[at] : 0;
        for (int k = 0; k < TAPS.length * depth(shape); k++) {
          int from = TAPS[k / depth(shape)] + k % depth(shape);
          sum +=
              product.x[1 + from + pixel * shape.access().pixelStride()]
                  * weight(shape, form, product.weights, k, channel);
        }
        if (form == Form.FINISH) {
          float[] vectors = product.epilogue.vectors;
          double affine = vectors[4 + channel] * sum + vectors[4 + SHIFT_DELTA + channel];
          sum = Math.clamp(affine, -20, 30);
        }
        y[at] = (float) sum;
      }
    }
    return y;
  }

  /** {@code g₀ + βg₁ + β²g₂} in a line, else what stands there. */
  private static double weight(TileShape shape, Form form, float[] weights, int k, int channel) {
    int panel = panel(shape);
    if (shape.access() != Access.LINE) {
      return weights[2 + k * panel + channel];
    }
    int beta =
        switch (form) {
          case PLUS_ONE -> 1;
          case MINUS_ONE -> -1;
          case PLUS_TWO -> 2;
          case MINUS_TWO -> -2;
          default -> 0;
        };
    int tap = 16 * panel;
    int g = 2 + (k / 16 * 48 + k % 16) * panel + channel;
    return weights[g] + beta * weights[g + tap] + beta * beta * weights[g + 2 * tap];
  }

  private static int position(int pixel, int channel) {
    return channel / 16 * Y_BLOCK + pixel * 16 + channel % 16;
  }

  private static int lanes(TileShape shape) {
    return shape.lanes() == 0 ? Lanes.COUNT : shape.lanes();
  }

  private static int panel(TileShape shape) {
    return shape.panel() == 0 ? PanelProduct.PANEL : shape.panel();
  }

  private static int depth(TileShape shape) {
    return shape.access().isPlanar() ? 1 : 16;
  }

  private float[] values(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
