package io.norma.kernel.layer.support;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.layer.AveragePool;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Fold;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.LpPool;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.MaxUnpool;
import io.norma.kernel.layer.TransposedConvolution;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Windows whose extents, pads or outputs pass what can be counted. */
final class WindowTest {
  private static final int[] NONE = {};
  private static final int HALF = 1 << 30;
  private static final Tensor X = Tensor.of(Shape.of(1, 1, 4), 1f, 2, 3, 4);

  private static Window window(AutoPad autoPad, int kernel, int stride, int dilation, int pad) {
    return new Window(
        autoPad,
        kernel == 0 ? NONE : new int[] {kernel},
        new int[] {stride},
        new int[] {dilation},
        new int[] {pad, pad});
  }

  @Test
  void refusesAnExtentThatPassesTheLongestAxis() {
    // (3 − 1)·2³⁰ + 1 is 1 − 2³¹ in int, which would fit any input.
    assertThatThrownBy(() -> window(AutoPad.NOTSET, 3, 1, HALF, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("extent of 2147483649", "axis 2", "1073741824");
    assertThatThrownBy(() -> window(AutoPad.NOTSET, 5, 1, HALF, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("extent of 4294967297");
  }

  @Test
  void refusesAnExtentThatOnlyTheWeightsGive() {
    Tensor w = Tensor.of(Shape.of(1, 1, 5), 1f, 1, 1, 1, 1);
    for (AutoPad autoPad : AutoPad.values()) {
      Window window = window(autoPad, 0, 1, HALF, 0);
      assertThatLayer(new Convolution(window, 1), X, w)
          .refuses("window", "extent of 4294967297", "axis 2", "1073741824");
      assertThatLayer(new TransposedConvolution(window, 1, NONE, NONE), X, w)
          .refuses("output", "extent of 4294967300", "axis 2", "1073741824");
    }
    Tensor columns = Tensor.of(Shape.of(1, 5, 4), new float[20]);
    Tensor image = Tensor.of(Shape.of(1), 4L);
    Tensor block = Tensor.of(Shape.of(1), 5L);
    assertThatLayer(new Fold(window(AutoPad.NOTSET, 0, 1, HALF, 0)), columns, image, block)
        .refuses("window", "extent of 4294967297", "axis 2");
  }

  @Test
  void refusesPadsWhoseSumPassesTheLongestAxis() {
    // 4 + 2·(2³¹ − 1) is 2 in int.
    Window window = window(AutoPad.NOTSET, 2, 1, 1, Integer.MAX_VALUE);
    for (Layer layer :
        List.of(
            new AveragePool(window, false, true),
            new MaxPool(window, true, false, false),
            new LpPool(window, false, 2),
            new Convolution(window, 1))) {
      assertThatLayer(layer, X, Tensor.of(Shape.of(1, 1, 2), 1f, 1))
          .refuses("padded input", "extent of 4294967298", "axis 2", "1073741824");
    }
  }

  @Test
  void refusesOutputsThatPassTheLongestAxis() {
    Tensor w = Tensor.of(Shape.of(1, 1, 2), 1f, 1);
    // (4 − 1)·2³⁰ + 2 is 2 − 2³⁰ in int.
    assertThatLayer(
            new TransposedConvolution(window(AutoPad.NOTSET, 2, HALF, 1, 0), 1, NONE, NONE), X, w)
        .refuses("extent of 3221225474", "axis 2");
    assertThatLayer(
            new MaxUnpool(window(AutoPad.NOTSET, 2, HALF, 1, 0)),
            X,
            Tensor.of(Shape.of(1, 1, 4), 0L, 0, 0, 0))
        .refuses("3221225474");
    // 3·(2³¹ − 1) + 2 − 2·(2³¹ − 1) is 1 more than an int can be.
    assertThatLayer(
            new MaxUnpool(
                new Window(
                    AutoPad.NOTSET,
                    new int[] {2},
                    new int[] {Integer.MAX_VALUE},
                    NONE,
                    new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE})),
            X,
            Tensor.of(Shape.of(1, 1, 4), 0L, 0, 0, 0))
        .refuses("2147483649");
  }

  @Test
  void refusesAKernelWithoutElements() {
    assertThatLayer(
            new Convolution(window(AutoPad.NOTSET, 0, 1, 1, 0), 1),
            X,
            Tensor.zeros(DataType.FP32, Shape.of(1, 1, 0)))
        .refuses("kernel has none");
  }

  @Test
  void takesAWindowThatReachesOverAMillionPositions() {
    int far = 1_000_000;
    Window window = new Window(AutoPad.NOTSET, NONE, NONE, new int[] {far}, new int[] {far, far});
    Tensor w = Tensor.of(Shape.of(1, 1, 3), 5f, 7, 9);
    assertThatLayer(new Convolution(window, 1), X, w)
        .gives(Tensor.of(Shape.of(1, 1, 4), 7f, 14, 21, 28));
  }

  @Test
  void aLastWindowBeyondThePadsIsLeftOutWhateverTheStride() {
    Window window =
        new Window(
            AutoPad.NOTSET, new int[] {2}, new int[] {Integer.MAX_VALUE}, NONE, new int[] {1, 1});
    Tensor y = assertThatLayer(new MaxPool(window, true, false, false), X).output();
    assertThat(y.toFloatArray()).containsExactly(1);
  }
}
