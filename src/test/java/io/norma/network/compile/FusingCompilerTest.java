package io.norma.network.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.compute.Simd;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Concat;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.Divide;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.HardSigmoid;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.LeakyRelu;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.Pad;
import io.norma.kernel.layer.Reduction;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.Resize;
import io.norma.kernel.layer.SameShapes;
import io.norma.kernel.layer.ShapeOf;
import io.norma.kernel.layer.Sigmoid;
import io.norma.kernel.layer.Split;
import io.norma.kernel.layer.support.AutoPad;
import io.norma.kernel.layer.support.Interpolation;
import io.norma.kernel.layer.support.PadMode;
import io.norma.kernel.layer.support.ReductionKind;
import io.norma.kernel.layer.support.Resampling;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.statistics.AffineParameters;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
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
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.network.steps.BlockedProductStep;
import io.norma.network.steps.FusedConvolutionStep;
import io.norma.network.steps.FusedDenseStep;
import io.norma.network.steps.LayoutStep;
import io.norma.network.steps.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Fused plans give what separate steps give. */
final class FusingCompilerTest {
  private final Random random = new Random(7);
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> constants = new HashMap<>();
  private final List<BatchNormalizationLayer> normalizations = new ArrayList<>();

  @BeforeEach
  void fusesOnVectorsAlone() {
    Assumptions.assumeTrue(Simd.isAvailable(), "without the Vector API nothing is fused");
  }

  @Test
  void fusesAResidualBlockIntoOneStepPerConvolution() {
    convolution("c0", "x", 3, 20, 3);
    normalization("n0", "c0", 20);
    node("r0", new Relu(), "n0");
    convolution("c1", "r0", 20, 20, 3);
    normalization("n1", "c1", 20);
    node("sum", new Add(), "r0", "n1");
    node("y", new Relu(), "sum");
    Network network = network("y", 3);
    assertThat(FusedConvolutionStep.class).isEqualTo(steps(network).get(0).getClass());
    assertThat(steps(network)).hasSize(3);
    assertPlansAgree(network, 3);
  }

  @Test
  void fusesSumsThatDoNotBroadcastAndRefusesOtherShapes() {
    convolution("c0", "x", 3, 20, 3);
    convolution("c1", "c0", 20, 20, 1);
    node("sum", new SameShapes(new Add()), "c1", "c0");
    convolution("c2", "sum", 20, 20, 1);
    node("s2", new SameShapes(new Add()), "sum", "c2");
    convolution("y", "s2", 20, 8, 1);
    Network network = network("y", 3);
    assertThat(steps(network)).hasSize(5);
    assertPlansAgree(network, 3);

    nodes.clear();
    convolution("c0", "x", 3, 20, 3);
    node("a0", new GlobalAveragePool(), "c0");
    convolution("c1", "a0", 20, 20, 1);
    convolution("c2", "x", 3, 20, 1);
    node("y", new SameShapes(new Add()), "c2", "c1");
    assertRefuses(tensor(Shape.of(1, 3, 9, 9)), "'c1'", "two inputs of one shape");
  }

  @Test
  void splitsAndResizesInBlocksWhatIsCutBetweenThem() {
    convolution("c0", "x", 3, 52, 3);
    nodes.add(
        new Node(
            "s",
            "Split",
            new Split(1, new int[] {32, 20}, 2),
            List.of("c0"),
            List.of("first", "second")));
    constants.put("scales", Tensor.of(Shape.of(4), 1f, 1f, 2f, 1.5f));
    node("up", resize(Interpolation.LINEAR), "second", "", "scales");
    convolution("c1", "up", 20, 8, 3);
    node("up1", resize(Interpolation.NEAREST), "first", "", "scales");
    node("y", new Concat(1), "up1", "c1");
    Network network = network("y", 3);
    assertThat(steps(network).stream().filter(LayoutStep.class::isInstance)).hasSize(1);
    assertPlansAgree(network, 3);
  }

  @Test
  void splitsInPlanesWhatIsCutWithinABlockOrByLengthsThatARunBrings() {
    convolution("c0", "x", 3, 20, 3);
    nodes.add(
        new Node("s", "Split", new Split(1, null, 2), List.of("c0"), List.of("first", "second")));
    node("y", new Add(), "first", "second");
    assertPlansAgree(network("y", 3), 3);

    nodes.clear();
    convolution("c0", "x", 3, 32, 3);
    node("n", new ShapeOf(1, 2), "c0");
    constants.put("two", Tensor.of(Shape.of(1), 2L));
    node("half", new Divide(), "n", "two");
    node("lengths", new Concat(0), "half", "half");
    nodes.add(
        new Node(
            "s",
            "Split",
            new Split(1, null, 2),
            List.of("c0", "lengths"),
            List.of("first", "second")));
    node("y", new Add(), "first", "second");
    assertPlansAgree(network("y", 3), 3);
  }

  @Test
  void refusesASplitWhoseLengthsAreRightInTheirLowerBitsAlone() {
    convolution("c0", "x", 3, 32, 3);
    constants.put("lengths", Tensor.of(Shape.of(2), (1L << 32) + 16, 16L));
    nodes.add(
        new Node(
            "s",
            "Split",
            new Split(1, null, 2),
            List.of("c0", "lengths"),
            List.of("first", "second")));
    node("y", new Add(), "first", "second");
    assertRefuses(tensor(Shape.of(1, 3, 9, 9)), "'s'", "sum to 32");
  }

  private static Resize resize(Interpolation interpolation) {
    return new Resize(Resampling.simple(interpolation), new int[0], Resize.AspectRatio.STRETCH);
  }

  @Test
  void keepsAValueThatIsReadTwice() {
    convolution("c0", "x", 3, 16, 3);
    normalization("n0", "c0", 16);
    node("r0", new Relu(), "n0");
    node("y", new Add(), "r0", "n0");
    assertPlansAgree(network("y", 3), 3);
  }

  @Test
  void keepsAValueThatIsAnOutput() {
    convolution("c0", "x", 3, 16, 3);
    normalization("n0", "c0", 16);
    node("y", new Relu(), "n0");
    Network network = network("y", 3);
    List<TensorMetadata> outputs = new ArrayList<>(network.outputs());
    outputs.add(new TensorMetadata("c0", DataType.FP32, List.of(-1L, 16L, -1L, -1L)));
    assertPlansAgree(
        new Network(
            "n",
            network.inputs(),
            outputs,
            nodes,
            constants,
            normalizations,
            network.runningStatistics()),
        3);
  }

  @Test
  void normalizesBeforeAConvolution() {
    convolution("c0", "x", 3, 33, 3);
    node("pooled", new MaxPool(window(3, 2, 1), false, false, false), "c0");
    normalization("n0", "pooled", 33);
    node("r0", new Relu(), "n0");
    convolution("y", "r0", 33, 8, 1);
    assertPlansAgree(network("y", 3), 3);
  }

  @Test
  void addsWhatIsNotOfTheOutputsShape() {
    convolution("c0", "x", 3, 16, 3);
    convolution("c1", "c0", 16, 16, 3);
    normalization("n1", "c1", 16);
    node("averages", new GlobalAveragePool(), "c0");
    convolution("gate", "averages", 16, 16, 1);
    node("sum", new Add(), "n1", "gate");
    node("y", new LeakyRelu(0.1f), "sum");
    assertPlansAgree(network("y", 3), 3);
  }

  @Test
  void averagesMapsByAReduction() {
    convolution("c0", "x", 3, 20, 3);
    node("y", new Reduction(ReductionKind.MEAN, new int[] {-1, 2}, true, false), "c0");
    Network network = network("y", 3);
    assertThat(steps(network)).hasSize(2);
    assertPlansAgree(network, 3);
  }

  @Test
  void joinsMapsInBlocks() {
    convolution("c0", "x", 3, 16, 3);
    convolution("c1", "c0", 16, 20, 1);
    node("joined", new Concat(1), "c0", "c1");
    normalization("n0", "joined", 36);
    node("r0", new Relu(), "n0");
    convolution("y", "r0", 36, 8, 1);
    Network network = network("y", 3);
    assertThat(steps(network)).hasSize(6);
    assertPlansAgree(network, 3);
  }

  @Test
  void staysInBlocksWhereAPaddingAddsNothing() {
    convolution("c0", "x", 3, 16, 3);
    constants.put("pads", Tensor.of(Shape.of(8), new long[8]));
    node("padded", new Pad(PadMode.CONSTANT), "c0", "pads");
    node("pooled", new MaxPool(window(3, 2, 1), false, false, false), "padded");
    convolution("y", "pooled", 16, 8, 1);
    Network network = network("y", 3);
    assertThat(steps(network)).filteredOn(LayoutStep.class::isInstance).hasSize(1);
    assertPlansAgree(network, 3);
  }

  @Test
  void padsInPlanesWhereAPaddingAddsARow() {
    convolution("c0", "x", 3, 16, 3);
    constants.put("pads", Tensor.of(Shape.of(8), new long[] {0, 0, 0, 0, 0, 0, 1, 0}));
    node("padded", new Pad(PadMode.CONSTANT), "c0", "pads");
    convolution("y", "padded", 16, 8, 1);
    assertPlansAgree(network("y", 3), 3);
  }

  @Test
  void fusesADenseLayer() {
    weights("w", Shape.of(20, 37));
    weights("b", Shape.of(20));
    nodes.add(
        new Node("d", "Gemm", new Dense(1, 1, false, true), List.of("x", "w", "b"), List.of("d")));
    normalization("n", "d", 20);
    node("y", new Relu(), "n");
    Network network = network(List.of(-1L, 37L), List.of(-1L, 20L));
    assertThat(steps(network)).hasSize(1);
    assertAgree(network, tensor(Shape.of(1, 37)));
    assertAgree(network, tensor(Shape.of(29, 37)));
  }

  @Test
  void addsADenseLayersConstantAsItBroadcasts() {
    weights("w", Shape.of(20, 37));
    for (Shape shape :
        List.of(
            Shape.of(),
            Shape.of(1),
            Shape.of(1, 1),
            Shape.of(20),
            Shape.of(1, 20),
            Shape.of(7, 1),
            Shape.of(7, 20))) {
      nodes.clear();
      weights("c", shape);
      node("y", new Dense(1, 1, false, true), "x", "w", "c");
      assertAgree(network(List.of(-1L, 37L), List.of(-1L, 20L)), tensor(Shape.of(7, 37)));
    }
  }

  @Test
  void fusesADenseLayerWhoseConstantIsOneNumber() {
    weights("w", Shape.of(37, 20));
    weights("c", Shape.of(1));
    node("d", new Dense(1, 1, false, false), "x", "w", "c");
    weights("b", Shape.of(20));
    node("biased", new Add(), "d", "b");
    normalization("y", "biased", 20);
    Network network = network(List.of(-1L, 37L), List.of(-1L, 20L));
    assertThat(steps(network)).hasSize(1);
    assertAgree(network, tensor(Shape.of(7, 37)));
  }

  @Test
  void refusesABiasOfAnotherLengthByTheLayersName() {
    for (Shape shape : List.of(Shape.of(1), Shape.of(19), Shape.of(21), Shape.of(1, 20))) {
      nodes.clear();
      convolution("y", "x", 3, 20, 3);
      weights("y.b", shape);
      assertRefuses(tensor(Shape.of(1, 3, 9, 9)), "'y'", "a bias of shape [20], got " + shape);
    }
    weights("w", Shape.of(20, 37));
    for (Shape shape : List.of(Shape.of(2), Shape.of(21), Shape.of(3, 20), Shape.of(1, 1, 20))) {
      nodes.clear();
      weights("c", shape);
      node("y", new Dense(1, 1, false, true), "x", "w", "c");
      assertRefuses(tensor(Shape.of(7, 37)), "'y'", "expected c to broadcast", "got " + shape);
    }
  }

  @Test
  void refusesWindowsWhoseCopiesNoArrayHolds() {
    int far = 1 << 27;
    weights("w", Shape.of(16, 1, 1, 3));
    node("y", new Convolution(dilated(far), 16), "x", "w");
    assertRefuses(tensor(Shape.of(1, 16, 1, 8)), "'y'", "floats", "2^31-1");
    nodes.clear();
    weights("w", Shape.of(32, 16, 1, 3));
    node("y", new Convolution(dilated(far), 2), "x", "w");
    assertRefuses(tensor(Shape.of(1, 32, 1, 8)), "'y'", "floats", "2^31-1");
    nodes.clear();
    weights("w", Shape.of(16, 7, 1, 3));
    node("y", new Convolution(dilated(2 * far), 1), "x", "w");
    assertRefuses(tensor(Shape.of(1, 7, 1, 8)), "'y'", "floats", "2^31-1");
  }

  /** Of which each output sees its own place alone: the others are in the padding. */
  private static Window dilated(int by) {
    return new Window(
        AutoPad.NOTSET, new int[0], new int[0], new int[] {1, by}, new int[] {0, by, 0, by});
  }

  private void assertRefuses(Tensor x, String... words) {
    ExecutionPlan plan = ExecutionPlan.compile(network("y", 3));
    Normalization frozen = new Normalization.Frozen(plan.bind(statistics()));
    assertThatThrownBy(() -> plan.run(List.of(x), frozen, new Workspace()))
        .isInstanceOf(LayerException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void fusesMatrixProductsWithWhatFollowsThem() {
    weights("w0", Shape.of(37, 20));
    weights("b0", Shape.of(20));
    node("m0", new MatMul(), "x", "w0");
    node("a0", new Add(), "b0", "m0");
    normalization("n0", "a0", 20);
    node("r0", new Relu(), "n0");
    weights("w1", Shape.of(20, 5));
    node("m1", new MatMul(), "r0", "w1");
    normalization("n1", "m1", 5);
    node("y", new LeakyRelu(0.1f), "n1");
    Network network = network(List.of(-1L, 37L), List.of(-1L, 5L));
    assertThat(steps(network)).hasSize(2).allMatch(FusedDenseStep.class::isInstance);
    assertThat(steps(network).getFirst()).hasFieldOrPropertyWithValue("toBlocks", true);
    assertAgree(network, tensor(Shape.of(1, 37)));
    assertAgree(network, tensor(Shape.of(29, 37)));
  }

  @Test
  void normalizesTheSecondAxisOfAProductOfManyMatrices() {
    weights("w0", Shape.of(7, 20));
    weights("b0", Shape.of(20));
    node("m0", new MatMul(), "x", "w0");
    node("a0", new Add(), "m0", "b0");
    normalization("n0", "a0", 20);
    node("r0", new Relu(), "n0");
    weights("w1", Shape.of(20, 6));
    weights("b1", Shape.of(6));
    node("m1", new MatMul(), "r0", "w1");
    node("a1", new Add(), "m1", "b1");
    node("y", new Relu(), "a1");
    Network network = network(List.of(-1L, 20L, 7L), List.of(-1L, 20L, 6L));
    assertThat(steps(network)).hasSize(2);
    assertAgree(network, tensor(Shape.of(1, 20, 7)));
    assertAgree(network, tensor(Shape.of(3, 20, 7)));
  }

  @Test
  void addsAConstantPerChannelToAConvolution() {
    convolution("c0", "x", 3, 16, 3);
    weights("b", Shape.of(1, 16, 1, 1));
    node("biased", new Add(), "c0", "b");
    normalization("n0", "biased", 16);
    node("r0", new Relu(), "n0");
    convolution("c1", "r0", 16, 20, 1);
    Network network = network("c1", 3);
    assertThat(steps(network)).hasSize(3);
    assertPlansAgree(network, 3);
  }

  @Test
  void fusesAProductWithItsOwnGate() {
    convolution("c0", "x", 3, 20, 3);
    normalization("n0", "c0", 20);
    node("s0", new Sigmoid(), "n0");
    node("r0", new Multiply(), "n0", "s0");
    convolution("c1", "r0", 20, 40, 1);
    node("h1", new HardSigmoid(1 / 6f, 0.5f), "c1");
    node("r1", new Multiply(), "h1", "c1");
    convolution("y", "r1", 40, 8, 1);
    Network network = network("y", 3);
    assertThat(steps(network)).hasSize(4);
    assertPlansAgree(network, 3);
  }

  @Test
  void keepsAGateThatIsReadElsewhere() {
    convolution("c0", "x", 3, 20, 3);
    node("s0", new Sigmoid(), "c0");
    node("r0", new Multiply(), "c0", "s0");
    node("sum", new Add(), "r0", "s0");
    convolution("y", "sum", 20, 8, 1);
    assertPlansAgree(network("y", 3), 3);
  }

  @Test
  void keepsAProductWithAGateOfSomethingElse() {
    convolution("c0", "x", 3, 20, 3);
    convolution("c1", "c0", 20, 20, 1);
    node("s1", new Sigmoid(), "c1");
    node("y", new Multiply(), "s1", "c0");
    assertPlansAgree(network("y", 3), 3);
  }

  @Test
  void scalesChannelsByASqueezedGate() {
    convolution("c0", "x", 3, 40, 3);
    node("averages", new GlobalAveragePool(), "c0");
    convolution("f1", "averages", 40, 8, 1);
    node("r1", new Relu(), "f1");
    convolution("f2", "r1", 8, 40, 1);
    node("gate", new Sigmoid(), "f2");
    node("scaled", new Multiply(), "gate", "c0");
    convolution("y", "scaled", 40, 8, 1);
    Network network = network("y", 3);
    assertThat(steps(network)).anyMatch(BlockedProductStep.class::isInstance);
    assertPlansAgree(network, 3);
  }

  @Test
  void bindsEachRowsOwnStatisticsAndGammaAndBeta() {
    convolution("c0", "x", 3, 20, 3);
    normalization("n0", "c0", 20);
    node("r0", new Relu(), "n0");
    convolution("c1", "r0", 20, 40, 1);
    normalization("y", "c1", 40);
    Network network = network("y", 3);
    ExecutionPlan plan = ExecutionPlan.compile(network);
    BoundStatistics first = plan.bind(network.runningStatistics());
    RunningStatistics others = statistics();
    Map<String, ChannelStatistics> whole = new LinkedHashMap<>(others.layers());
    whole.computeIfPresent(
        "y",
        (_, layer) ->
            layer.withAffine(
                new AffineParameters(
                    tensor(Shape.of(40)).toFloatArray(), tensor(Shape.of(40)).toFloatArray())));
    BoundStatistics second = plan.bind(new RunningStatistics(whole));
    Tensor x = tensor(Shape.of(2, 3, 9, 9));
    Normalization mixed = new Normalization.Frozen(RowStatistics.perRow(first, second));
    float[] together = plan.run(List.of(x), mixed, new Workspace()).getFirst().toFloatArray();
    int row = together.length / 2;
    for (int n = 0; n < 2; n++) {
      Tensor alone = Tensor.of(DataType.FP32, Shape.of(1, 3, 9, 9), x.floats(), n * 3 * 81);
      float[] expected =
          plan.run(
                  List.of(alone),
                  new Normalization.Frozen(n == 0 ? first : second),
                  new Workspace())
              .getFirst()
              .toFloatArray();
      assertThat(java.util.Arrays.copyOfRange(together, n * row, (n + 1) * row))
          .isEqualTo(expected);
    }
  }

  @Test
  void refusesBatchStatisticsInAFusedPlan() {
    convolution("c0", "x", 3, 20, 3);
    normalization("y", "c0", 20);
    ExecutionPlan plan = ExecutionPlan.compile(network("y", 3));
    assertThatThrownBy(() ->
            plan.run(
                List.of(tensor(Shape.of(2, 3, 9, 9))), new Normalization.Batch(), new Workspace()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("observation");
  }

  private List<Step> steps(Network network) {
    return new FusingCompiler(network, WeightFormat.FP32).steps();
  }

  private void assertPlansAgree(Network network, int channels) {
    assertAgree(network, tensor(Shape.of(1, channels, 13, 11)));
    assertAgree(network, tensor(Shape.of(3, channels, 28, 28)));
  }

  private void assertAgree(Network network, Tensor x) {
    ExecutionPlan fused = ExecutionPlan.compile(network);
    ExecutionPlan separate = ExecutionPlan.compileForObservation(network);
    Normalization frozen = new Normalization.Frozen(fused.bind(network.runningStatistics()));
    Workspace workspace = new Workspace();
    List<Tensor> expected = separate.run(List.of(x), frozen, new Workspace());
    for (int run = 0; run < 2; run++) {
      List<Tensor> actual = fused.run(List.of(x), frozen, workspace);
      for (int o = 0; o < expected.size(); o++) {
        assertThat(actual.get(o).shape()).isEqualTo(expected.get(o).shape());
        double largest = 0;
        for (double value : expected.get(o).toDoubleArray()) {
          largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < expected.get(o).size(); i++) {
          assertThat(actual.get(o).getDouble(i))
              .isCloseTo(expected.get(o).getDouble(i), within(2e-5 * largest));
        }
      }
    }
  }

  private void convolution(String name, String x, int c, int m, int kernel) {
    weights(name + ".w", Shape.of(m, c, kernel, kernel));
    weights(name + ".b", Shape.of(m));
    nodes.add(
        new Node(
            name,
            "Conv",
            new Convolution(window(kernel, 1, kernel / 2), 1),
            List.of(x, name + ".w", name + ".b"),
            List.of(name)));
  }

  private static Window window(int kernel, int stride, int pad) {
    return Window.of(
        new int[] {kernel, kernel}, new int[] {stride, stride}, new int[] {pad, pad, pad, pad});
  }

  private void normalization(String name, String x, int channels) {
    float[] gamma = tensor(Shape.of(channels)).floats();
    float[] beta = tensor(Shape.of(channels)).floats();
    normalizations.add(new BatchNormalizationLayer(name, gamma, beta, 1e-5));
    nodes.add(
        new Node(
            name,
            "BatchNormalization",
            (inputs, memory) -> {
              throw new IllegalStateException("bound late");
            },
            List.of(x),
            List.of(name),
            name));
  }

  private void node(String name, Layer layer, String... inputs) {
    nodes.add(
        new Node(name, layer.getClass().getSimpleName(), layer, List.of(inputs), List.of(name)));
  }

  private void weights(String name, Shape shape) {
    constants.put(name, tensor(shape));
  }

  private Tensor tensor(Shape shape) {
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(shape, values);
  }

  private RunningStatistics statistics() {
    Map<String, ChannelStatistics> layers = new LinkedHashMap<>();
    for (BatchNormalizationLayer layer : normalizations) {
      float[] mean = tensor(Shape.of(layer.channels())).floats();
      float[] variance = new float[mean.length];
      for (int c = 0; c < mean.length; c++) {
        variance[c] = 0.5f + random.nextFloat();
      }
      layers.put(layer.name(), new ChannelStatistics(mean, variance));
    }
    return new RunningStatistics(layers);
  }

  /** Of the nodes so far, from x to y. */
  private Network network(List<Long> input, List<Long> output) {
    return new Network(
        "n",
        List.of(new TensorMetadata("x", DataType.FP32, input)),
        List.of(new TensorMetadata("y", DataType.FP32, output)),
        nodes,
        constants,
        normalizations,
        statistics());
  }

  private Network network(String output, int channels) {
    return new Network(
        "n",
        List.of(new TensorMetadata("x", DataType.FP32, List.of(-1L, (long) channels, -1L, -1L))),
        List.of(new TensorMetadata(output, DataType.FP32, List.of(-1L, -1L, -1L, -1L))),
        nodes,
        constants,
        normalizations,
        statistics());
  }
}
