package io.norma.network.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.BoundStatistics;
import io.norma.network.LayerException;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.Normalization;
import io.norma.network.RowStatistics;
import io.norma.network.TensorMetadata;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RowSlicesTest {
  private static final int ROWS = 5;
  private static final int CHANNELS = 16;

  private final Random random = new Random(11);

  /** A convolution 3 → 16, batch normalization, and a convolution 16 → 16. */
  private final Network network = network();

  private final ExecutionPlan plan = ExecutionPlan.compile(network);

  @Test
  void takesAsManyRowsAsTheCacheHolds() {
    RowSlices slices = new RowSlices(network);
    assertThat(slices.rowsAtATime(8, new MemoryPlan.Flow(1 << 16, 1 << 20), 1)).isEqualTo(4);
    assertThat(slices.rowsAtATime(8, new MemoryPlan.Flow(1 << 20, 1 << 20), 1)).isEqualTo(1);
    assertThat(slices.rowsAtATime(8, new MemoryPlan.Flow(1 << 10, 1 << 20), 1)).isEqualTo(8);
  }

  @Test
  void takesSlicesOfLikeSize() {
    RowSlices slices = new RowSlices(network);
    assertThat(slices.rowsAtATime(9, new MemoryPlan.Flow(1 << 15, 1 << 20), 1)).isEqualTo(5);
  }

  @Test
  void takesAllRowsWhereWeightsOutweighTheirValues() {
    RowSlices slices = new RowSlices(network);
    assertThat(slices.rowsAtATime(8, new MemoryPlan.Flow(1 << 18, 100), 1)).isEqualTo(8);
  }

  @Test
  void givesEachThreadItsShare() {
    RowSlices slices = new RowSlices(network);
    MemoryPlan.Flow heavy = new MemoryPlan.Flow(1 << 18, 100);
    assertThat(slices.rowsAtATime(8, heavy, 2)).isEqualTo(4);
    // The ninth is for whoever comes first; both work on its steps.
    assertThat(slices.rowsAtATime(9, heavy, 2)).isEqualTo(4);
    assertThat(slices.rowsAtATime(3, heavy, 8)).isEqualTo(1);
    assertThat(slices.rowsAtATime(64, new MemoryPlan.Flow(1 << 15, 1 << 20), 2)).isEqualTo(8);
  }

  @Test
  void givesEachRowItsOwnBitsAndStatistics() {
    // Maps of 16 × 128 × 128 floats: one row at a time.
    Tensor batch = tensor(Shape.of(ROWS, 3, 128, 128));
    BoundStatistics[] statistics = new BoundStatistics[ROWS];
    for (int row = 0; row < ROWS; row++) {
      statistics[row] = plan.bind(statistics());
    }
    Workspace workspace = new Workspace();
    Normalization perRow = new Normalization.Frozen(RowStatistics.perRow(statistics));
    for (int run = 0; run < 2; run++) {
      Tensor together = plan.run(List.of(batch), perRow, workspace).getFirst();
      assertThat(together.shape()).isEqualTo(Shape.of(ROWS, CHANNELS, 128, 128));
      for (int row = 0; row < ROWS; row++) {
        Tensor alone =
            plan.run(
                    List.of(batch.rows(row, row + 1)),
                    new Normalization.Frozen(statistics[row]),
                    new Workspace())
                .getFirst();
        assertThat(together.rows(row, row + 1).toFloatArray()).isEqualTo(alone.toFloatArray());
      }
    }
  }

  @Test
  void holdsNoMoreMemoryThanItsSlicesNeed() {
    Normalization frozen = new Normalization.Frozen(plan.bind(statistics()));
    Workspace one = new Workspace();
    Workspace many = new Workspace();
    for (int run = 0; run < 2; run++) {
      plan.run(List.of(tensor(Shape.of(1, 3, 128, 128))), frozen, one);
      plan.run(List.of(tensor(Shape.of(ROWS, 3, 128, 128))), frozen, many);
    }
    assertThat(many.bytes())
        .isBetween(one.bytes(), Math.min(ROWS, ComputePool.get().threads()) * one.bytes());
    many.free();
    assertThat(many.bytes()).isZero();
  }

  @Test
  void goesOnByItselfWhereThereIsNoMemoryForAnother() {
    Normalization frozen = new Normalization.Frozen(plan.bind(statistics()));
    Tensor batch = tensor(Shape.of(ROWS, 3, 128, 128));
    float[] expected = plan.run(List.of(batch), frozen, new Workspace()).getFirst().toFloatArray();
    Workspace one = new Workspace();
    plan.run(List.of(batch.rows(0, 1)), frozen, one);
    plan.run(List.of(batch.rows(0, 1)), frozen, one);
    long output = 4L * ROWS * CHANNELS * 128 * 128;
    MemoryBudget budget = new MemoryBudget("memory", one.bytes() + output + 1024);
    Workspace scarce = new Workspace(budget);
    assertThat(plan.run(List.of(batch), frozen, scarce).getFirst().toFloatArray())
        .isEqualTo(expected);
    assertThat(scarce.bytes()).isEqualTo(one.bytes());
    scarce.free();
    assertThat(budget.reserved()).isZero();
  }

  @Test
  void speaksOfTheShapesThatWereGivenWhereALayerRefusesASlice() {
    Normalization frozen = new Normalization.Frozen(plan.bind(statistics()));
    Window window = Window.of(new int[] {3, 3}, new int[] {1, 1}, new int[] {0, 0, 0, 0});
    ExecutionPlan narrow = ExecutionPlan.compile(network(window));
    Workspace workspace = new Workspace();
    // The second time it is known how many rows fit the cache.
    for (int run = 0; run < 2; run++) {
      assertThatThrownBy(
              () -> narrow.run(List.of(tensor(Shape.of(ROWS, 3, 4, 2))), frozen, workspace))
          .isInstanceOf(LayerException.class)
          .hasMessageContaining("[5,3,4,2]");
      assertThat(
              narrow
                  .run(List.of(tensor(Shape.of(ROWS, 3, 128, 128))), frozen, workspace)
                  .getFirst()
                  .shape())
          .isEqualTo(Shape.of(ROWS, CHANNELS, 124, 124));
    }
  }

  private Network network() {
    return network(Window.of(new int[] {3, 3}, new int[] {1, 1}, new int[] {1, 1, 1, 1}));
  }

  private Network network(Window window) {
    return new Network(
        "n",
        List.of(new TensorMetadata("x", DataType.FP32, List.of(-1L, 3L, -1L, -1L))),
        List.of(new TensorMetadata("y", DataType.FP32, List.of(-1L, 16L, -1L, -1L))),
        List.of(
            new Node("c", "Conv", new Convolution(window, 1), List.of("x", "v"), List.of("c")),
            new Node(
                "b",
                "BatchNormalization",
                (inputs, memory) -> {
                  throw new IllegalStateException("bound late");
                },
                List.of("c"),
                List.of("b"),
                "b"),
            new Node("y", "Conv", new Convolution(window, 1), List.of("b", "w"), List.of("y"))),
        Map.of(
            "v", tensor(Shape.of(CHANNELS, 3, 3, 3)),
            "w", tensor(Shape.of(CHANNELS, CHANNELS, 3, 3))),
        List.of(
            new BatchNormalizationLayer(
                "b",
                tensor(Shape.of(CHANNELS)).floats(),
                tensor(Shape.of(CHANNELS)).floats(),
                1e-5)),
        statistics());
  }

  private RunningStatistics statistics() {
    float[] variance = new float[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      variance[c] = 0.5f + random.nextFloat();
    }
    float[] mean = tensor(Shape.of(CHANNELS)).floats();
    return new RunningStatistics(Map.of("b", new ChannelStatistics(mean, variance)));
  }

  private Tensor tensor(Shape shape) {
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(shape, values);
  }
}
