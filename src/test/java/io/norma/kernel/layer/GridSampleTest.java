package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;

import io.norma.kernel.layer.support.Interpolation;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GridSampleTest {
  private static final Tensor LINE = Tensor.of(Shape.of(1, 1, 4), 1f, 2, 4, 8);

  @ParameterizedTest
  @CsvSource({"NEAREST, true", "LINEAR, false", "LINEAR, true", "CUBIC, true", "CUBIC, false"})
  void theIdentityMapGivesTheInput(Interpolation interpolation, boolean alignsCorners) {
    Tensor x = random(1, 2, 3, 4, 5);
    Tensor theta = Tensor.of(Shape.of(2, 2, 3), 1f, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0);
    Tensor grid =
        assertThatLayer(new AffineGrid(alignsCorners), theta, Tensor.of(Shape.of(4), 2L, 3, 4, 5))
            .output();
    assertThatLayer(
            new GridSample(interpolation, GridSample.Padding.BORDER, alignsCorners), x, grid)
        .givesWithin(1e-5, x);
  }

  @Test
  void interpolatesBetweenNeighbours() {
    samples(Interpolation.LINEAR, GridSample.Padding.ZEROS, new float[] {1.5f, 2.25f}, 3, 5);
  }

  @Test
  void roundsHalvesToTheEvenNeighbour() {
    assertThatLayer(
            new GridSample(Interpolation.NEAREST, GridSample.Padding.ZEROS, true),
            Tensor.of(Shape.of(1, 1, 3), 1f, 2, 4),
            Tensor.of(Shape.of(1, 2, 1), -0.5f, 0.5f))
        .gives(Tensor.of(Shape.of(1, 1, 2), 1f, 4));
  }

  @Test
  void padsWithZeros() {
    samples(Interpolation.LINEAR, GridSample.Padding.ZEROS, new float[] {-0.5f, 9}, 0.5f, 0);
  }

  @Test
  void padsWithTheBorder() {
    samples(Interpolation.LINEAR, GridSample.Padding.BORDER, new float[] {-5, 9}, 1, 8);
  }

  @Test
  void padsWithReflections() {
    samples(Interpolation.LINEAR, GridSample.Padding.REFLECTION, new float[] {-1, 4, 7}, 2, 4, 2);
  }

  private static void samples(
      Interpolation interpolation,
      GridSample.Padding padding,
      float[] positions,
      float... expected) {
    float[] grid = new float[positions.length];
    for (int i = 0; i < grid.length; i++) {
      grid[i] = positions[i] / 1.5f - 1;
    }
    assertThatLayer(
            new GridSample(interpolation, padding, true),
            LINE,
            Tensor.of(Shape.of(1, grid.length, 1), grid))
        .givesWithin(1e-6, Tensor.of(Shape.of(1, 1, grid.length), expected));
  }

  @Test
  void namesAGridOfTheWrongRank() {
    assertThatLayer(
            new GridSample(Interpolation.LINEAR, GridSample.Padding.ZEROS, true),
            LINE,
            random(1, 1, 2, 2, 2))
        .refuses("grid (N, O1", "[1,1,4]", "[1,2,2,2]");
  }
}
