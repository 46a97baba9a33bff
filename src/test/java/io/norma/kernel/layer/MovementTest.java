package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.layer.support.PadMode;
import io.norma.kernel.layer.support.ScatterReduction;
import io.norma.kernel.layer.support.SoftmaxAxis;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Layers that move elements and do not compute with them. */
final class MovementTest {
  private static final Tensor SIX = Tensor.of(Shape.of(2, 3), 0f, 1f, 2f, 3f, 4f, 5f);

  @Test
  void transposeMovesEveryElementToItsPermutedPlace() {
    Tensor x = LayerAssert.random(1, 2, 3, 4, 5);
    int[] order = {2, 0, 3, 1};
    Tensor y = assertThatLayer(new Transpose(order), x).output();
    assertThat(y.shape()).isEqualTo(Shape.of(4, 2, 5, 3));
    for (int a = 0; a < 2; a++) {
      for (int b = 0; b < 3; b++) {
        for (int c = 0; c < 4; c++) {
          for (int d = 0; d < 5; d++) {
            double expected = x.getDouble(((a * 3 + b) * 4 + c) * 5 + d);
            assertThat(y.getDouble(((c * 2 + a) * 5 + d) * 3 + b)).isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void transposeReversesAxesByDefaultAndRefusesOtherRanks() {
    assertThatLayer(new Transpose(null), SIX)
        .gives(Tensor.of(Shape.of(3, 2), 0f, 3f, 1f, 4f, 2f, 5f));
    assertThatLayer(new Transpose(new int[] {0}), SIX).refuses("permutation [0]", "FP32[2,3]");
    assertThatLayer(new Transpose(new int[] {0, 0}), SIX).refuses("axis 0 is given twice");
  }

  @Test
  void reshapeInfersOneExtentAndCopiesZeros() {
    assertThatLayer(new Reshape(null, false), SIX, longs(0, -1, 1))
        .gives(SIX.reshape(Shape.of(2, 3, 1)));
    assertThatLayer(
            new Reshape(null, true), Tensor.zeros(DataType.INT8, Shape.of(0, 3)), longs(3, 0))
        .gives(Tensor.zeros(DataType.INT8, Shape.of(3, 0)));
    assertThatLayer(new Reshape(null, false), SIX, longs(4, -1))
        .refuses("cannot reshape [2,3] (6 elements) to [4, -1]");
    assertThatLayer(new Reshape(null, false), SIX, longs(-1, -1)).refuses("one extent of -1");
    assertThatLayer(new Reshape(null, false), SIX, longs(7)).refuses("(7 elements)");
  }

  @Test
  void reshapingLayersCopyNothing() {
    for (Layer layer :
        List.of(
            new Reshape(new int[] {3, 2}, false),
            new Flatten(1),
            new Identity(),
            new Dropout(false, true),
            new Unsqueeze(new int[] {0}))) {
      Tensor y = layer.forward(Inputs.of(SIX), Memory.heap()).getFirst();
      assertThat(y.array()).as(layer.toString()).isSameAs(SIX.array());
    }
  }

  @Test
  void squeezeLeavesOutAxesOfExtentOneAlone() {
    Tensor x = SIX.reshape(Shape.of(1, 2, 1, 3));
    assertThatLayer(new Squeeze(null), x).gives(SIX);
    assertThatLayer(new Squeeze(new int[] {-2}), x).gives(SIX.reshape(Shape.of(1, 2, 3)));
    assertThatLayer(new Squeeze(null), x, longs(1)).refuses("axis 1", "extent 2, not 1");
  }

  @Test
  void unsqueezeTakesAxesInAnyOrder() {
    assertThatLayer(new Unsqueeze(null), SIX, longs(3, -5, 2))
        .gives(SIX.reshape(Shape.of(1, 2, 1, 1, 3)));
    assertThatLayer(new Unsqueeze(new int[] {1, 1}), SIX).refuses("given twice");
  }

  @Test
  void sliceFollowsPythonInBothDirections() {
    Tensor x = Tensor.of(Shape.of(5), 0, 1, 2, 3, 4);
    slice(x, 1, 4, 2, 1, 3);
    slice(x, -3, Long.MAX_VALUE, 1, 2, 3, 4);
    slice(x, 10, -10, -2, 4, 2, 0);
    slice(x, Long.MAX_VALUE, Long.MIN_VALUE, -1, 4, 3, 2, 1, 0);
    slice(x, 3, 1, 1);
    slice(x, 0, 5, Integer.MAX_VALUE, 0);
    slice(x, 4, 0, Integer.MIN_VALUE, 4);
    assertThatLayer(new Slice(null, null, null), x, longs(0), longs(1), longs(0), longs(0))
        .refuses("step of axis 0 must not be 0");
    assertThatLayer(new Slice(new int[] {1}, new int[] {Integer.MAX_VALUE}, new int[] {-1}), SIX)
        .gives(Tensor.of(Shape.of(2, 2), 1f, 2f, 4f, 5f));
  }

  private static void slice(Tensor x, long start, long end, long step, int... expected) {
    assertThatLayer(new Slice(null, null, null), x, longs(start), longs(end), longs(0), longs(step))
        .gives(Tensor.of(Shape.of(expected.length), expected));
  }

  @Test
  void padFillsMirrorsRepeatsAndWraps() {
    Tensor x = Tensor.of(Shape.of(3), 1, 2, 3);
    Tensor pads = longs(2, 4);
    assertThatLayer(new Pad(PadMode.CONSTANT), x, pads, Tensor.of(Shape.of(), 9))
        .gives(Tensor.of(Shape.of(9), 9, 9, 1, 2, 3, 9, 9, 9, 9));
    assertThatLayer(new Pad(PadMode.REFLECT), x, pads)
        .gives(Tensor.of(Shape.of(9), 3, 2, 1, 2, 3, 2, 1, 2, 3));
    assertThatLayer(new Pad(PadMode.EDGE), x, pads)
        .gives(Tensor.of(Shape.of(9), 1, 1, 1, 2, 3, 3, 3, 3, 3));
    assertThatLayer(new Pad(PadMode.WRAP), x, pads)
        .gives(Tensor.of(Shape.of(9), 2, 3, 1, 2, 3, 1, 2, 3, 1));
  }

  @Test
  void padTakesAwayWherePadsAreNegativeAndHeedsAxes() {
    assertThatLayer(new Pad(PadMode.CONSTANT), SIX, longs(-1, 1), null, longs(-1))
        .gives(Tensor.of(Shape.of(2, 3), 1f, 2f, 0f, 4f, 5f, 0f));
    assertThatLayer(new Pad(PadMode.CONSTANT), SIX, longs(1, 1)).refuses("expected 4 pads");
    assertThatLayer(new Pad(PadMode.CONSTANT), SIX, longs(0, 0, 0, 0), Tensor.of(Shape.of(), 1))
        .refuses("constant must be one FP32");
  }

  @Test
  void concatJoinsAndSplitTakesApart() {
    Tensor a = LayerAssert.random(1, 2, 3, 4);
    Tensor b = LayerAssert.random(2, 2, 1, 4);
    Tensor c = LayerAssert.random(3, 2, 0, 4);
    Tensor joined = assertThatLayer(new Concat(-2), a, b, c).output();
    assertThat(joined.shape()).isEqualTo(Shape.of(2, 4, 4));
    assertThatLayer(new Split(1, null, 3), joined, longs(3, 1, 0)).gives(a, b, c);
    assertThatLayer(new Split(1, new int[] {3, 2}, 2), joined).refuses("sum to 4", "axis 1");
    assertThatLayer(new Concat(0), a, b).refuses("may differ along axis 0 alone");
    assertThatLayer(new Concat(0), a, longs(1)).refuses("one data type");
  }

  @Test
  void splitCutsIntoEqualPartsWithTheLastOneShorter() {
    Tensor x = Tensor.of(Shape.of(7), 1, 2, 3, 4, 5, 6, 7);
    assertThatLayer(new Split(0, null, 3), x)
        .gives(
            Tensor.of(Shape.of(3), 1, 2, 3),
            Tensor.of(Shape.of(3), 4, 5, 6),
            Tensor.of(Shape.of(1), 7));
  }

  @Test
  void expandAndTileRepeat() {
    Tensor x = Tensor.of(Shape.of(2, 1), 1, 2);
    assertThatLayer(new Expand(), x, longs(2, 1, 3))
        .gives(Tensor.of(Shape.of(2, 2, 3), 1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2));
    assertThatLayer(new Expand(), x, longs(3, 1)).refuses("do not broadcast");
    assertThatLayer(new Tile(), x, longs(2, 2))
        .gives(Tensor.of(Shape.of(4, 2), 1, 1, 2, 2, 1, 1, 2, 2));
    assertThatLayer(new Tile(), x, longs(2)).refuses("expected 2 repeats");
  }

  @Test
  void depthAndSpaceAreExchangedAndBack() {
    Tensor x = LayerAssert.random(5, 2, 8, 2, 3);
    Tensor wide = assertThatLayer(new DepthToSpace(2, false), x).output();
    assertThatLayer(new SpaceToDepth(2), wide).gives(x);
    Tensor first = assertThatLayer(new DepthToSpace(2, true), x).output();
    // y[n, c, h·b + i, w·b + j] = x[n, c·b² + i·b + j, h, w]
    int n = 1, c = 1, h = 1, w = 2, i = 1, j = 0;
    assertThat(first.getDouble(((n * 2 + c) * 4 + h * 2 + i) * 6 + w * 2 + j))
        .isEqualTo(x.getDouble(((n * 8 + c * 4 + i * 2 + j) * 2 + h) * 3 + w));
    assertThatLayer(new DepthToSpace(3, false), x).refuses("C a multiple of 9");
    assertThatLayer(new SpaceToDepth(2), x).refuses("multiples of 2");
  }

  @Test
  void gatherPicksSlicesElementsAndTuples() {
    assertThatLayer(new Gather(1), SIX, longs(-1, 0))
        .gives(Tensor.of(Shape.of(2, 2), 2f, 0f, 5f, 3f));
    assertThatLayer(new Gather(0), SIX, Tensor.of(Shape.of(), 1L))
        .gives(Tensor.of(Shape.of(3), 3f, 4f, 5f));
    assertThatLayer(new Gather(0), SIX, longs(2)).refuses("index 2 is out of range", "extent 2");
    assertThatLayer(new GatherElements(1), SIX, Tensor.of(Shape.of(2, 1), 2L, -3L))
        .gives(Tensor.of(Shape.of(2, 1), 2f, 3f));
    assertThatLayer(new GatherElements(1), SIX, longs(1)).refuses("do not fit");
    assertThatLayer(new GatherNd(0), SIX, Tensor.of(Shape.of(2, 2), 0L, 1L, -1L, -1L))
        .gives(Tensor.of(Shape.of(2), 1f, 5f));
    assertThatLayer(new GatherNd(1), SIX, Tensor.of(Shape.of(2, 1), 2L, 0L))
        .gives(Tensor.of(Shape.of(2), 2f, 3f));
  }

  @Test
  void scatterPutsAndReduces() {
    Tensor x = Tensor.of(Shape.of(4), 1L, 2L, 3L, Long.MAX_VALUE);
    Tensor at = longs(1, 1, -1);
    Tensor updates = Tensor.of(Shape.of(3), 5L, 7L, Long.MAX_VALUE - 1);
    scatter(x, at, updates, ScatterReduction.NONE, 1, 7, 3, Long.MAX_VALUE - 1);
    scatter(x, at, updates, ScatterReduction.ADD, 1, 14, 3, -3);
    scatter(x, at, updates, ScatterReduction.MULTIPLY, 1, 70, 3, 2 + Long.MIN_VALUE);
    scatter(x, at, updates, ScatterReduction.MAXIMUM, 1, 7, 3, Long.MAX_VALUE);
    scatter(x, at, updates, ScatterReduction.MINIMUM, 1, 2, 3, Long.MAX_VALUE - 1);
    assertThatLayer(
            new ScatterNd(ScatterReduction.ADD),
            SIX,
            Tensor.of(Shape.of(1, 1), 1L),
            Tensor.of(Shape.of(1, 3), 1f, 1f, 1f))
        .gives(Tensor.of(Shape.of(2, 3), 0f, 1f, 2f, 4f, 5f, 6f));
    assertThatLayer(new ScatterElements(0, ScatterReduction.NONE), x, at, longs(1))
        .refuses("shape of the indices");
  }

  private static void scatter(
      Tensor x, Tensor at, Tensor updates, ScatterReduction reduction, long... expected) {
    assertThatLayer(new ScatterElements(0, reduction), x, at, updates).gives(longs(expected));
    assertThatLayer(new ScatterNd(reduction), x, at.reshape(Shape.of(3, 1)), updates)
        .gives(longs(expected));
  }

  @Test
  void tensorScatterWritesFromEachSamplesPosition() {
    Tensor cache = Tensor.of(Shape.of(2, 3, 1), 0, 0, 0, 0, 0, 0);
    Tensor updates = Tensor.of(Shape.of(2, 2, 1), 1, 2, 3, 4);
    assertThatLayer(new TensorScatter(1, true), cache, updates, longs(0, 2))
        .gives(Tensor.of(Shape.of(2, 3, 1), 1, 2, 0, 4, 0, 3));
    assertThatLayer(new TensorScatter(1, false), cache, updates, longs(0, 2))
        .refuses("2 updates from position 2");
  }

  @Test
  void topKKeepsTheOrderOfEqualElements() {
    Tensor x = Tensor.of(Shape.of(1, 5), 3f, 1f, 3f, Float.NaN, 1f);
    assertThatLayer(new TopK(null, -1, true), x, longs(3))
        .gives(Tensor.of(Shape.of(1, 3), Float.NaN, 3f, 3f), Tensor.of(Shape.of(1, 3), 3L, 0L, 2L));
    assertThatLayer(new TopK(2, 1, false), x)
        .gives(Tensor.of(Shape.of(1, 2), 1f, 1f), Tensor.of(Shape.of(1, 2), 1L, 4L));
    assertThatLayer(new TopK(6, 1, true), x).refuses("k must be 0 to 5");
  }

  @Test
  void zerosOfEitherSignAreEqualToOrders() {
    Tensor x = Tensor.of(Shape.of(4), -0f, 0f, -0f, 0f);
    Tensor order = Tensor.of(Shape.of(4), 0L, 1, 2, 3);
    for (Tensor zeros : List.of(x, Tensor.of(Shape.of(4), -0d, 0d, -0d, 0d))) {
      assertThatLayer(new TopK(4, 0, true), zeros).gives(zeros, order);
      assertThatLayer(new TopK(4, 0, false), zeros).gives(zeros, order);
      for (boolean largest : new boolean[] {true, false}) {
        assertThatLayer(new ArgExtreme(largest, 0, true, false), zeros)
            .gives(Tensor.of(Shape.of(1), 0L));
        assertThatLayer(new ArgExtreme(largest, 0, true, true), zeros)
            .gives(Tensor.of(Shape.of(1), 3L));
      }
    }
    Tensor backwards = Tensor.of(Shape.of(2), 0f, -0f);
    assertThatLayer(new TopK(1, 0, false), backwards)
        .gives(Tensor.of(Shape.of(1), 0f), Tensor.of(Shape.of(1), 0L));
    assertThatLayer(new Hardmax(new SoftmaxAxis(0, false)), x)
        .gives(Tensor.of(Shape.of(4), 1f, 0, 0, 0));
    Window all = Window.of(new int[] {4}, new int[0], new int[0]);
    assertThat(
            assertThatLayer(new MaxPool(all, false, true, false), x.reshape(Shape.of(1, 1, 4)))
                .outputs()
                .get(1)
                .toLongArray())
        .containsExactly(0);
    assertThatLayer(new NonZero(), x).gives(Tensor.of(Shape.of(1, 0), new long[0]));
  }

  @Test
  void oneHotLeavesIndicesOutsideOff() {
    assertThatLayer(
            new OneHot(0), longs(1, -1, 3), Tensor.of(Shape.of(), 3L), Tensor.of(Shape.of(2), 5, 6))
        .gives(Tensor.of(Shape.of(3, 3), 5, 5, 5, 6, 5, 5, 5, 6, 5));
  }

  @Test
  void selectsByValue() {
    assertThatLayer(new NonZero(), SIX)
        .gives(Tensor.of(Shape.of(2, 5), 0L, 0L, 1L, 1L, 1L, 1L, 2L, 0L, 1L, 2L));
    assertThatLayer(new Compress(1), SIX, Tensor.of(Shape.of(2), false, true))
        .gives(Tensor.of(Shape.of(2, 1), 1f, 4f));
    assertThatLayer(new Compress(null), SIX, Tensor.of(Shape.of(4), true, false, false, true))
        .gives(Tensor.of(Shape.of(2), 0f, 3f));
    assertThatLayer(
            new Where(), Tensor.of(Shape.of(2, 1), true, false), SIX, Tensor.of(Shape.of(), 9f))
        .gives(Tensor.of(Shape.of(2, 3), 0f, 1f, 2f, 9f, 9f, 9f));
  }

  @Test
  void reverseSequenceTurnsTheFirstSteps() {
    assertThatLayer(new ReverseSequence(0, 1), SIX, longs(2, 3))
        .gives(Tensor.of(Shape.of(2, 3), 1f, 0f, 2f, 5f, 4f, 3f));
    assertThatLayer(new ReverseSequence(1, 0), SIX, longs(2, 1, 2))
        .gives(Tensor.of(Shape.of(2, 3), 3f, 1f, 5f, 0f, 4f, 2f));
    assertThatLayer(new ReverseSequence(0, 1), SIX, longs(4, 0)).refuses("length of sample 0");
  }

  @Test
  void triangularAndDiagonalMatrices() {
    assertThatLayer(new Trilu(true), SIX, longs(1))
        .gives(Tensor.of(Shape.of(2, 3), 0f, 1f, 2f, 0f, 0f, 5f));
    assertThatLayer(new Trilu(false), SIX).gives(Tensor.of(Shape.of(2, 3), 0f, 0f, 0f, 3f, 4f, 0f));
    assertThatLayer(new EyeLike(DataType.INT32, -1), SIX)
        .gives(Tensor.of(Shape.of(2, 3), 0, 0, 0, 1, 0, 0));
  }

  @Test
  void makesTensorsFromShapesAndLimits() {
    assertThatLayer(new ShapeOf(-1, null), SIX).gives(longs(3));
    assertThatLayer(new ShapeOf(2, 1), SIX).gives(longs());
    assertThatLayer(new Size(), SIX).gives(Tensor.of(Shape.of(), 6L));
    assertThatLayer(new ConstantOfShape(Tensor.of(Shape.of(1), 7)), longs(2, 2))
        .gives(Tensor.of(Shape.of(2, 2), 7, 7, 7, 7));
    assertThatLayer(new ConstantOfShape(), longs(0)).gives(Tensor.of(Shape.of(0), new float[0]));
    range(10, 4, -2, 10, 8, 6);
    range(1, 1, 1);
    range(Long.MAX_VALUE - 3, Long.MAX_VALUE, 2, Long.MAX_VALUE - 3, Long.MAX_VALUE - 1);
  }

  private static void range(long start, long limit, long delta, long... expected) {
    assertThatLayer(
            new Range(),
            Tensor.of(Shape.of(), start),
            Tensor.of(Shape.of(), limit),
            Tensor.of(Shape.of(), delta))
        .gives(longs(expected));
  }

  private static Tensor longs(long... elements) {
    return Tensor.of(Shape.of(elements.length), elements);
  }
}
