package io.norma.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.norma.admission.ComputeSlots;
import io.norma.admission.ComputeThreads;
import io.norma.admission.Turn;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import io.norma.models.ServedModels;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.Normalization;
import io.norma.network.RowStatistics;
import io.norma.network.TensorMetadata;
import io.norma.network.run.Workspace;
import io.norma.serving.ServingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One slot, which the test holds until those that shall wait do. */
final class BatcherTest {
  private static final int CHANNELS = 3;

  private final Random random = new Random(5);
  private final ComputeSlots slots = new ComputeSlots(1, 64);
  private final ComputeThreads threads = new ComputeThreads(slots, 1, Duration.ZERO);
  private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
  private final ServedModel model = ServedModels.of(network());
  private final List<Future<BatchRun>> runs = new ArrayList<>();

  @AfterEach
  void close() {
    clients.close();
    threads.close();
  }

  @Test
  void runsThoseThatWaitTogetherEachRowByItsOwnStatistics() throws Exception {
    Batcher batcher = batcher(new BatchingSettings(32, List.of(), Duration.ZERO, 0));
    List<Tensor> inputs = new ArrayList<>();
    List<RowStatistics> statistics = new ArrayList<>();
    assertThat(slots.tryEnter()).isTrue();
    for (int i = 0; i < 6; i++) {
      inputs.add(tensor(1 + i % 3, 4));
      statistics.add(statistics());
      ask(batcher, inputs.get(i), statistics.get(i), Turn.usual());
    }
    slots.leave();

    int counted = 0;
    for (int i = 0; i < inputs.size(); i++) {
      BatchRun run = runs.get(i).get();
      assertThat(run.rows()).isEqualTo(12);
      assertThat(run.outputs())
          .singleElement()
          .satisfies(output ->
              assertThat(output.shape())
                  .isEqualTo(Shape.of(output.shape().dimension(0), CHANNELS, 4)));
      assertThat(run.outputs().getFirst().toFloatArray())
          .as("rows of request %d", i)
          .containsExactly(alone(inputs.get(i), statistics.get(i)));
      counted += run.first() ? 1 : 0;
    }
    assertThat(counted).isOne();
    assertThat(slots.computing()).isZero();
    assertThat(slots.waiting()).isZero();
  }

  @Test
  void takesNoMoreRowsThanABatchHas() throws Exception {
    Batcher batcher = batcher(new BatchingSettings(4, List.of(), Duration.ZERO, 0));
    assertThat(slots.tryEnter()).isTrue();
    for (int i = 0; i < 5; i++) {
      ask(batcher, tensor(i == 4 ? 6 : 1, 2), statistics(), Turn.usual());
    }
    slots.leave();

    assertThat(rows()).containsExactly(4, 4, 4, 4, 6);
  }

  @Test
  void keepsOtherShapesApart() throws Exception {
    Batcher batcher = batcher(new BatchingSettings(32, List.of(), Duration.ZERO, 0));
    assertThat(slots.tryEnter()).isTrue();
    for (int extent : new int[] {2, 3, 2, 3, 3}) {
      ask(batcher, tensor(1, extent), statistics(), Turn.usual());
    }
    slots.leave();

    assertThat(rows()).containsExactly(2, 3, 2, 3, 3);
  }

  @Test
  void takesTheMostUrgentFirst() throws Exception {
    Batcher batcher = batcher(new BatchingSettings(1, List.of(), Duration.ZERO, 0));
    assertThat(slots.tryEnter()).isTrue();
    for (int level : new int[] {5, 9, 5, 1}) {
      ask(batcher, tensor(1, 2), statistics(), new Turn(level, Turn.NO_DEADLINE));
    }
    slots.leave();

    List<Long> begun = new ArrayList<>();
    for (Future<BatchRun> run : runs) {
      begun.add(run.get().begin());
    }
    assertThat(List.of(begun.get(3), begun.get(0), begun.get(2), begun.get(1))).isSorted();
  }

  @Test
  void turnsAwayWhoseTimeIsOverAndGoesOnWithTheOthers() throws Exception {
    Batcher batcher = batcher(new BatchingSettings(32, List.of(), Duration.ZERO, 0));
    assertThat(slots.tryEnter()).isTrue();
    long soon = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(30);
    for (long deadline : new long[] {soon, Turn.NO_DEADLINE, soon, Turn.NO_DEADLINE}) {
      ask(batcher, tensor(1, 2), statistics(), new Turn(5, deadline));
    }
    for (int expired : new int[] {0, 2}) {
      assertThatThrownBy(runs.get(expired)::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(ServingException.Expired.class)
          .hasMessageContaining("timeout");
    }
    slots.leave();

    assertThat(runs.get(1).get().rows()).isEqualTo(2);
    assertThat(runs.get(3).get().rows()).isEqualTo(2);
    assertThat(slots.waiting()).isZero();
  }

  @Test
  void refusesAtOnceWhatTheQueueDoesNotHold() {
    Batcher batcher = batcher(new BatchingSettings(32, List.of(), Duration.ZERO, 2));
    assertThat(slots.tryEnter()).isTrue();
    ask(batcher, tensor(1, 2), statistics(), Turn.usual());
    ask(batcher, tensor(1, 2), statistics(), Turn.usual());
    assertThatThrownBy(() -> batcher.run(model, List.of(tensor(1, 2)), statistics(), Turn.usual()))
        .isInstanceOf(ServingException.Overloaded.class)
        .hasMessageContaining("norma.batching.max-queue-size");
    slots.leave();
  }

  /** What has a slot does not wait, even if its thread has not begun yet. */
  @Test
  void takesAsManyAsThereAreSlotsAndPlaces() throws Exception {
    for (int round = 0; round < 100; round++) {
      ComputeSlots two = new ComputeSlots(2, 1);
      try (ComputeThreads own = new ComputeThreads(two, 2, Duration.ZERO)) {
        Batcher batcher =
            new Batcher(new BatchingSettings(1, List.of(), Duration.ZERO, 0), two, own);
        RowStatistics statistics = statistics();
        Tensor input = tensor(1, 2);
        List<Future<BatchRun>> three = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          three.add(
              clients.submit(() -> batcher.run(model, List.of(input), statistics, Turn.usual())));
        }
        for (Future<BatchRun> run : three) {
          assertThat(run.get().rows()).isOne();
        }
        assertThat(two.waiting()).isZero();
        assertThat(two.computing()).isZero();
      }
    }
  }

  @Test
  void waitsForCompanyWhereItMay() throws Exception {
    Batcher batcher = batcher(new BatchingSettings(32, List.of(3), Duration.ofMinutes(1), 0));
    ask(batcher, tensor(1, 2), statistics(), Turn.usual());
    ask(batcher, tensor(1, 2), statistics(), Turn.usual());
    assertThat(runs).noneMatch(Future::isDone);
    ask(batcher, tensor(1, 2), statistics(), Turn.usual());

    assertThat(rows()).containsExactly(3, 3, 3);
  }

  @Test
  void waitsForCompanyNoLongerThanItMay() throws Exception {
    Batcher batcher = batcher(new BatchingSettings(32, List.of(3), Duration.ofMillis(20), 0));
    long start = System.nanoTime();
    ask(batcher, tensor(1, 2), statistics(), Turn.usual());

    assertThat(rows()).containsExactly(1);
    assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(20));
  }

  @Test
  void runsOneByOneWhereTogetherTheyNeedTooMuch() throws Exception {
    ServedModel small = ServedModels.of(network(), new MemoryBudget("runs", 2_500));
    Batcher batcher = batcher(new BatchingSettings(32, List.of(), Duration.ZERO, 0));
    assertThat(slots.tryEnter()).isTrue();
    Tensor input = tensor(1, 64);
    RowStatistics statistics = statistics();
    for (int i = 0; i < 4; i++) {
      runs.add(clients.submit(() -> batcher.run(small, List.of(input), statistics, Turn.usual())));
    }
    awaitWaiting(4);
    slots.leave();

    for (Future<BatchRun> run : runs) {
      assertThat(run.get().rows()).isOne();
      assertThat(run.get().outputs().getFirst().toFloatArray())
          .containsExactly(alone(input, statistics));
    }
    assertThat(small.memory().reserved()).isLessThanOrEqualTo(2_500);
  }

  private List<Integer> rows() throws Exception {
    List<Integer> rows = new ArrayList<>();
    for (Future<BatchRun> run : runs) {
      rows.add(run.get().rows());
    }
    return rows;
  }

  private Batcher batcher(BatchingSettings settings) {
    return new Batcher(settings, slots, threads);
  }

  private void ask(Batcher batcher, Tensor input, RowStatistics statistics, Turn turn) {
    runs.add(clients.submit(() -> batcher.run(model, List.of(input), statistics, turn)));
    awaitWaiting(runs.size());
  }

  private void awaitWaiting(int count) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> slots.waiting() >= count || runs.stream().anyMatch(Future::isDone));
  }

  private float[] alone(Tensor input, RowStatistics statistics) {
    return model
        .plan()
        .run(List.of(input), new Normalization.Frozen(statistics), new Workspace())
        .getFirst()
        .toFloatArray();
  }

  private RowStatistics statistics() {
    return RowStatistics.uniform(model.plan().bind(running()));
  }

  private RunningStatistics running() {
    float[] mean = new float[CHANNELS];
    float[] variance = new float[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      mean[c] = (float) random.nextGaussian();
      variance[c] = 0.5f + random.nextFloat();
    }
    return new RunningStatistics(Map.of("bn", new ChannelStatistics(mean, variance)));
  }

  private Tensor tensor(int rows, int extent) {
    Tensor tensor = Tensor.zeros(DataType.FP32, Shape.of(rows, CHANNELS, extent));
    for (int i = 0; i < tensor.size(); i++) {
      tensor.floats()[i] = (float) random.nextGaussian();
    }
    return tensor;
  }

  /** Batch normalization and a rectifier, on maps of any length. */
  private Network network() {
    Layer boundLate =
        (inputs, memory) -> {
          throw new IllegalStateException("it is bound late");
        };
    List<Long> shape = List.of(-1L, (long) CHANNELS, -1L);
    float[] gamma = new float[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      gamma[c] = 1 + c;
    }
    return new Network(
        "test",
        List.of(new TensorMetadata("x", DataType.FP32, shape)),
        List.of(new TensorMetadata("y", DataType.FP32, shape)),
        List.of(
            new Node("bn", "BatchNormalization", boundLate, List.of("x"), List.of("n"), "bn"),
            new Node("relu", "Relu", new Relu(), List.of("n"), List.of("y"))),
        Map.of(),
        List.of(new BatchNormalizationLayer("bn", gamma, new float[CHANNELS], 1e-5)),
        running());
  }
}
