package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.norma.admission.ComputeSlots;
import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Divide;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.Reshape;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.models.Warmup.Extent;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.TensorMetadata;
import io.norma.onnx.ImportWarning;
import io.norma.onnx.ImportWarning.Code;
import io.norma.serving.ServingException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class WarmupTest {
  @Test
  void refusesWhatCannotRun() {
    ServedModel model = model(new Add(), "two", Tensor.of(Shape.of(2), 1f, 2f), 1, 3);

    assertThatThrownBy(() -> warmup().run(model, Extent.WARM, TimeLimit.none().begin()))
        .isInstanceOf(ServingException.Invalid.class)
        .hasMessageContaining("the network does not run")
        .hasMessageContaining("layer");
  }

  /** How many there are makes no difference to rows that stay apart. */
  @Test
  void refusesWhatCannotRunOnAnyRows() {
    ServedModel model = model(new Add(), "two", Tensor.of(Shape.of(2), 1f, 2f), -1, 3);

    assertThatThrownBy(() -> warmup().run(model, Extent.WARM, TimeLimit.none().begin()))
        .isInstanceOf(ServingException.Invalid.class)
        .hasMessageContaining("the network does not run");
  }

  @Test
  void servesColdWhereItsGuessOfAnExtentDoesNotFit() {
    ServedModel model = model(new Add(), "two", Tensor.of(Shape.of(2), 1f, 2f), 1, -1);

    warmup().run(model, Extent.WARM, TimeLimit.none().begin());
  }

  @Test
  void servesWhatMayRunAtOtherRows() {
    ServedModel model = model(new Reshape(null, false), "seven", Tensor.of(Shape.of(1), 7L), -1);

    warmup().run(model, Extent.WARM, TimeLimit.none().begin());

    assertThat(model.isWarm()).isFalse();
    assertThat(model.report().warnings())
        .singleElement()
        .satisfies(warning -> assertThat(warning.code()).isEqualTo(Code.NOT_TRIED))
        .satisfies(warning -> assertThat(warning.message()).contains("layer 'layer'", "7"));
  }

  /** Zeros are no divisor; ones are. */
  @Test
  void triesOnesWhereZerosDoNotFit() {
    ServedModel model = model(new Divide(), DataType.INT64, Tensor.of(Shape.of(1), 6L), 1, 2);

    warmup().run(model, Extent.WARM, TimeLimit.none().begin());

    assertThat(model.isWarm()).isTrue();
    assertThat(model.report().warnings()).isEmpty();
  }

  /** An input that may be a size, as any of whole numbers may, decides whether the network runs. */
  @Test
  void servesWhatNeitherZerosNorOnesFit() {
    ServedModel model = model(new Reshape(null, false), DataType.INT64, SIX, 2);

    warmup().run(model, Extent.WARM, TimeLimit.none().begin());

    assertThat(model.isWarm()).isFalse();
    assertThat(model.report().warnings())
        .extracting(ImportWarning::code)
        .containsExactly(Code.NOT_TRIED);
  }

  /** The first request that runs brings what it is warmed on. */
  @Test
  void isWarmedByItsFirstRequest() throws InterruptedException {
    CountDownLatch runs = new CountDownLatch(3);
    Layer reshape = new Reshape(null, false);
    Layer counting =
        (inputs, memory) -> {
          List<Tensor> results = reshape.forward(inputs, memory);
          runs.countDown();
          return results;
        };
    ServedModel model = model(counting, DataType.INT64, SIX, 2);
    Warmup warmup = new Warmup(Duration.ofMinutes(1), true, new ComputeSlots(1, 1));
    warmup.run(model, Extent.WARM, TimeLimit.none().begin());
    assertThat(runs.getCount()).as("neither zeros nor ones run").isEqualTo(3);

    warmup.warmLater(model, List.of(Tensor.of(Shape.of(2), 2L, 3L)));

    assertThat(runs.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(model.isWarm()).isTrue();
  }

  @Test
  void opensBeforeItIsWarmAndGoesOnUntilItIsRemoved() {
    AtomicLong runs = new AtomicLong();
    ServedModel model = counting(runs);
    // An hour would pass until it is warm if nothing else ended that.
    try (Warmup warmup = new Warmup(Duration.ofHours(1), true, new ComputeSlots(1, 1))) {
      warmup.run(model, Extent.OPENED, TimeLimit.none().begin());

      assertThat(model.isWarm()).isTrue();
      long opened = runs.get();
      assertThat(opened).isGreaterThan(1);
      await().until(() -> runs.get() > opened + 100);

      warmup.removed(model);

      // Whatever is begun ends: a run, and the few of rows by the batch.
      await()
          .pollInterval(Duration.ofMillis(200))
          .until(() -> {
            long before = runs.get();
            Thread.sleep(100);
            return runs.get() == before;
          });
    }
  }

  @Test
  void isWarmWhenItIsServedWhereItMustNotOpenEarly() throws InterruptedException {
    AtomicLong runs = new AtomicLong();
    Warmup warmup = new Warmup(Duration.ofSeconds(1), false, new ComputeSlots(1, 1));

    warmup.run(counting(runs), Extent.OPENED, TimeLimit.none().begin());

    long warm = runs.get();
    Thread.sleep(200);
    assertThat(runs.get()).isEqualTo(warm);
  }

  private static ServedModel counting(AtomicLong runs) {
    Layer add = new Add();
    return model(
        (inputs, memory) -> {
          runs.incrementAndGet();
          return add.forward(inputs, memory);
        },
        "two",
        Tensor.of(Shape.of(2), 1f, 2f),
        1,
        2);
  }

  @Test
  void servesWhatRunsAtOneRowAlone() {
    Tensor row = Tensor.of(Shape.of(2), 1L, 4L);
    ServedModel model = model(new Reshape(null, false), "row", row, -1, 4);

    warmup().run(model, Extent.WARM, TimeLimit.none().begin());
  }

  private static final Tensor SIX = Tensor.zeros(DataType.FP32, Shape.of(6));

  private static Warmup warmup() {
    return new Warmup(Duration.ofMillis(10), true, new ComputeSlots(1, 1));
  }

  private static ServedModel model(Layer layer, String name, Tensor constant, long... inputShape) {
    return model(layer, DataType.FP32, List.of("x", name), name, constant, inputShape);
  }

  /** A constant, and an input that says what becomes of it. */
  private static ServedModel model(
      Layer layer, DataType inputType, Tensor constant, long... inputShape) {
    return model(layer, inputType, List.of("c", "x"), "c", constant, inputShape);
  }

  private static ServedModel model(
      Layer layer,
      DataType inputType,
      List<String> reads,
      String name,
      Tensor constant,
      long... inputShape) {
    List<Long> shape = Arrays.stream(inputShape).boxed().toList();
    Network network =
        new Network(
            "test",
            List.of(new TensorMetadata("x", inputType, shape)),
            List.of(new TensorMetadata("y", DataType.FP32, shape)),
            List.of(new Node("layer", "Test", layer, reads, List.of("y"))),
            Map.of(name, constant),
            List.of(),
            new RunningStatistics(new LinkedHashMap<>()));
    return ServedModels.of(network);
  }
}
