package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.support.CoordinateMode;
import io.norma.kernel.layer.support.Interpolation;
import io.norma.kernel.layer.support.NearestMode;
import io.norma.kernel.layer.support.Resampling;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ResizeTest {
  private static final Tensor LINE = Tensor.of(Shape.of(1, 1, 4), 1f, 2, 3, 4);

  @Test
  void interpolatesBetweenTheCentresOfPixels() {
    assertThatLayer(resize(Interpolation.LINEAR, CoordinateMode.HALF_PIXEL), LINE, null, scales(2))
        .gives(Tensor.of(Shape.of(1, 1, 8), 1f, 1.25f, 1.75f, 2.25f, 2.75f, 3.25f, 3.75f, 4));
  }

  @Test
  void keepsCornersWhereTheyAreAligned() {
    Tensor y =
        assertThatLayer(
                resize(Interpolation.LINEAR, CoordinateMode.ALIGN_CORNERS),
                LINE,
                null,
                scales(1.75f))
            .output();
    assertThat(y.floats()).containsExactly(1, 1.5f, 2, 2.5f, 3, 3.5f, 4);
  }

  @Test
  void cubicInterpolationReproducesAStraightLineInside() {
    Tensor y =
        assertThatLayer(
                resize(Interpolation.CUBIC, CoordinateMode.ASYMMETRIC), LINE, null, scales(2))
            .output();
    // At 1.5 the weights are -0.09375, 0.59375, 0.59375, -0.09375 for a = -0.75.
    assertThat(y.floats()[3]).isEqualTo(2.5f);
    assertThat(y.floats()[2]).isEqualTo(2);
  }

  @Test
  void picksTheNearestWithEveryRounding() {
    float[][] expected = {{1, 1, 2, 2, 3, 3, 4, 4}, {1, 2, 2, 3, 3, 4, 4, 4}};
    NearestMode[] modes = {NearestMode.ROUND_PREFER_FLOOR, NearestMode.ROUND_PREFER_CEIL};
    for (int i = 0; i < modes.length; i++) {
      assertThatLayer(nearest(modes[i]), LINE, null, scales(2))
          .gives(Tensor.of(Shape.of(1, 1, 8), expected[i]));
    }
    assertThatLayer(nearest(NearestMode.FLOOR), LINE, null, scales(2))
        .gives(Tensor.of(Shape.of(1, 1, 8), expected[0]));
    assertThatLayer(nearest(NearestMode.CEIL), LINE, null, scales(2))
        .gives(Tensor.of(Shape.of(1, 1, 8), expected[1]));
  }

  @Test
  void movesAnyDataTypeToItsNearest() {
    Tensor x = Tensor.of(Shape.of(2, 1), 5L, 6);
    assertThatLayer(nearest(NearestMode.FLOOR), x, null, null, Tensor.of(Shape.of(2), 2L, 2))
        .gives(Tensor.of(Shape.of(2, 2), 5L, 5, 6, 6));
  }

  @ParameterizedTest
  @CsvSource({
    "LINEAR, HALF_PIXEL, 9, 14",
    "LINEAR, HALF_PIXEL, 3, 5",
    "LINEAR, ALIGN_CORNERS, 10, 7",
    "LINEAR, ASYMMETRIC, 5, 21",
    "CUBIC, HALF_PIXEL, 12, 4",
    "CUBIC, ALIGN_CORNERS, 6, 13"
  })
  void agreesWithDoubleArithmetic(
      Interpolation interpolation, CoordinateMode coordinates, long height, long width) {
    Tensor x = random(1, 2, 3, 5, 7);
    Tensor exact = Tensor.of(x.shape(), x.toDoubleArray());
    Tensor sizes = Tensor.of(Shape.of(4), 2L, 3, height, width);
    Resize resize = resize(interpolation, coordinates);

    Tensor y = assertThatLayer(resize, x, null, null, sizes).output();
    Tensor expected = assertThatLayer(resize, exact, null, null, sizes).output();

    assertThat(y.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < y.size(); i++) {
      assertThat(y.getDouble(i)).isCloseTo(expected.getDouble(i), within(1e-6));
    }
  }

  @Test
  void keepsInfinityFromWhatItDoesNotReach() {
    Tensor x = Tensor.of(Shape.of(1, 1, 2, 2), 1f, Float.POSITIVE_INFINITY, 3, 4);
    Tensor y =
        assertThatLayer(
                resize(Interpolation.LINEAR, CoordinateMode.ASYMMETRIC),
                x,
                null,
                null,
                Tensor.of(Shape.of(4), 1L, 1, 4, 4))
            .output();
    float infinite = Float.POSITIVE_INFINITY;
    assertThat(y.toFloatArray())
        .containsExactly(
            1, infinite, infinite, infinite, 2, infinite, infinite, infinite, 3, 3.5f, 4, 4, 3,
            3.5f, 4, 4);
  }

  @Test
  void averagesWhenShrinkingWithAntialias() {
    Resampling resampling =
        new Resampling(
            Interpolation.LINEAR,
            CoordinateMode.HALF_PIXEL,
            NearestMode.FLOOR,
            -0.75,
            false,
            true,
            0);
    // The triangle of radius 2 about 0.5 weighs 1/8 3/8 3/8 1/8, the first beyond the edge.
    assertThatLayer(
            new Resize(resampling, new int[0], Resize.AspectRatio.STRETCH),
            LINE,
            null,
            scales(0.5f))
        .gives(Tensor.of(Shape.of(1, 1, 2), 1.625f, 3.375f));
  }

  @Test
  void fillsWhatLiesOutsideTheRegion() {
    Resampling resampling =
        new Resampling(
            Interpolation.LINEAR,
            CoordinateMode.TF_CROP_AND_RESIZE,
            NearestMode.FLOOR,
            -0.75,
            false,
            false,
            10);
    assertThatLayer(
            new Resize(resampling, new int[] {2}, Resize.AspectRatio.STRETCH),
            LINE,
            Tensor.of(Shape.of(2), 0f, 2f),
            null,
            Tensor.of(Shape.of(1), 3L))
        .gives(Tensor.of(Shape.of(1, 1, 3), 1f, 4, 10));
  }

  @Test
  void keepsTheAspectRatio() {
    Resize resize =
        new Resize(
            new Resampling(
                Interpolation.NEAREST,
                CoordinateMode.HALF_PIXEL,
                NearestMode.FLOOR,
                -0.75,
                false,
                false,
                0),
            new int[] {-2, -1},
            Resize.AspectRatio.NOT_LARGER);
    Tensor y =
        assertThatLayer(resize, random(1, 1, 1, 2, 4), null, null, Tensor.of(Shape.of(2), 7L, 8))
            .output();
    assertThat(y.shape()).isEqualTo(Shape.of(1, 1, 4, 8));
  }

  @Test
  void upsamplesFromTheFloor() {
    assertThatLayer(new Upsample(Interpolation.NEAREST, new float[] {1, 1, 1.5f}), LINE)
        .gives(Tensor.of(Shape.of(1, 1, 6), 1f, 1, 2, 3, 3, 4));
    assertThatLayer(new Upsample(Interpolation.LINEAR, new float[0]), LINE, scales(2))
        .gives(Tensor.of(Shape.of(1, 1, 8), 1f, 1.5f, 2, 2.5f, 3, 3.5f, 4, 4));
  }

  @Test
  void needsScalesOrSizes() {
    assertThatLayer(resize(Interpolation.LINEAR, CoordinateMode.HALF_PIXEL), LINE)
        .refuses("either scales or sizes");
  }

  @Test
  void namesAWrongNumberOfScales() {
    assertThatLayer(
            resize(Interpolation.LINEAR, CoordinateMode.HALF_PIXEL),
            LINE,
            null,
            Tensor.of(Shape.of(2), 1f, 2))
        .refuses("expected 3 elements of scales, got 2");
  }

  private static Tensor scales(float last) {
    return Tensor.of(Shape.of(3), 1f, 1, last);
  }

  private static Resize resize(Interpolation interpolation, CoordinateMode coordinates) {
    return new Resize(
        new Resampling(
            interpolation, coordinates, NearestMode.ROUND_PREFER_FLOOR, -0.75, false, false, 0),
        new int[0],
        Resize.AspectRatio.STRETCH);
  }

  private static Resize nearest(NearestMode mode) {
    return new Resize(
        new Resampling(
            Interpolation.NEAREST, CoordinateMode.ASYMMETRIC, mode, -0.75, false, false, 0),
        new int[0],
        Resize.AspectRatio.STRETCH);
  }
}
