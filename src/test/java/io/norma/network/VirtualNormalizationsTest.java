package io.norma.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.Flatten;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.Reshape;
import io.norma.kernel.layer.Sigmoid;
import io.norma.kernel.layer.Softmax;
import io.norma.kernel.layer.TransposedConvolution;
import io.norma.kernel.layer.support.SoftmaxAxis;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class VirtualNormalizationsTest {
  private static final int NETWORKS = Integer.getInteger("test.networks", 300);

  private final Random random = new Random(5);
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> constants = new LinkedHashMap<>();

  /** Convolutions of all kernels in blocks, depthwise, grouped; dense layers; odd channels. */
  @Test
  void changesNoBitOfRandomNetworks() {
    int inserted = 0;
    List<Long> faults = new ArrayList<>();
    for (long seed = 0; seed < NETWORKS; seed++) {
      RandomNetwork source = RandomNetwork.of(seed);
      Network network = Folding.fold(source.network());
      Network virtual = withReferences(network, fitLayers(network));
      inserted += virtual.batchNormalizations().size() - network.batchNormalizations().size();
      List<Tensor> inputs = source.inputs(true);
      if (!sameBits(network, virtual, inputs)) {
        faults.add(seed);
      }
    }
    assertThat(faults).isEmpty();
    assertThat(inserted).isGreaterThan(2 * NETWORKS);
  }

  private static List<String> fitLayers(Network network) {
    List<String> fit = new ArrayList<>();
    for (WeightedLayer layer : WeightedLayer.of(network)) {
      try {
        VirtualNormalizations.insert(network, List.of(layer.node().name()));
        fit.add(layer.node().name());
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("one does already");
      }
    }
    return fit;
  }

  private Network withReferences(Network network, List<String> names) {
    Map<String, ChannelStatistics> reference = new LinkedHashMap<>();
    for (WeightedLayer layer : WeightedLayer.of(network)) {
      if (names.contains(layer.node().name())) {
        float[] mean = new float[layer.channels()];
        float[] variance = new float[layer.channels()];
        for (int c = 0; c < mean.length; c++) {
          mean[c] = (float) (3 * random.nextGaussian());
          variance[c] = random.nextInt(10) == 0 ? 0 : (float) Math.exp(4 * random.nextGaussian());
        }
        reference.put(layer.node().name(), new ChannelStatistics(mean, variance));
      }
    }
    return VirtualNormalizations.insert(network, reference);
  }

  private static boolean sameBits(Network before, Network after, List<Tensor> inputs) {
    List<int[]> right;
    try {
      right = bits(ExecutionPlan.compile(before), inputs);
    } catch (LayerException e) {
      // A window that does not fit in.
      return true;
    }
    List<int[]> observed = bits(ExecutionPlan.compileForObservation(before), inputs);
    return same(right, bits(ExecutionPlan.compile(after), inputs))
        && same(observed, bits(ExecutionPlan.compileForObservation(after), inputs));
  }

  private static boolean same(List<int[]> a, List<int[]> b) {
    boolean same = a.size() == b.size();
    for (int i = 0; same && i < a.size(); i++) {
      same = Arrays.equals(a.get(i), b.get(i));
    }
    return same;
  }

  private static List<int[]> bits(ExecutionPlan plan, List<Tensor> inputs) {
    return run(
            plan, inputs, new Normalization.Frozen(plan.bind(plan.network().runningStatistics())))
        .stream()
        .map(VirtualNormalizationsTest::bits)
        .toList();
  }

  private static List<Tensor> run(
      ExecutionPlan plan, List<Tensor> inputs, Normalization normalization) {
    return plan.run(inputs, normalization, new Workspace());
  }

  private static int[] bits(Tensor tensor) {
    float[] values = tensor.toFloatArray();
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }

  /**
   * Layers that nothing is fused into, in one, two and three dimensions, with zeros of both signs.
   */
  @Test
  void changesNoBitOfLayersThatStandAlone() {
    for (int rank : new int[] {1, 2, 3}) {
      nodes.clear();
      constants.clear();
      int[] kernel = new int[rank];
      Arrays.fill(kernel, 2);
      convolution("up", "x", 3, 5, true, kernel);
      node(new Relu(), "a", "up");
      convolution("conv", "a", 5, 7, false, kernel);
      node(new Relu(), "b", "conv");
      convolution("last", "b", 7, 2, false, kernel);
      int[] shape = new int[rank + 2];
      Arrays.fill(shape, 6);
      shape[0] = 3;
      shape[1] = 3;
      Network network = network("last", shape, shape.length);
      Tensor x = input(shape);
      Arrays.fill(x.floats(), 0, 50, -0f);

      assertThat(VirtualNormalizations.candidates(network)).containsExactly("up", "conv");
      Network virtual = withReferences(network, List.of("up", "conv"));

      assertThat(virtual.batchNormalizations())
          .extracting(BatchNormalizationLayer::name)
          .containsExactly("up.virtual", "conv.virtual");
      assertThat(virtual.batchNormalizations())
          .extracting(BatchNormalizationLayer::kind)
          .containsOnly(NormalizationKind.VIRTUAL);
      assertThat(sameBits(network, virtual, List.of(x))).isTrue();
    }
  }

  @Test
  void changesNoBitOfAProductWithItsAddition() {
    constants.put("w", weights(20, 9));
    constants.put("b", weights(9));
    node(new MatMul(), "product", "x", "w");
    node(new Add(), "sum", "b", "product");
    node(new Relu(), "a", "sum");
    dense("last", "a", 9, 4);
    Network network = network("last", new int[] {5, 20}, 2);

    assertThat(VirtualNormalizations.candidates(network)).containsExactly("product");
    Network virtual = withReferences(network, List.of("product"));

    assertThat(virtual.nodes())
        .extracting(Node::name)
        .containsExactly("product", "sum", "product.virtual", "a", "last");
    assertThat(sameBits(network, virtual, List.of(input(5, 20)))).isTrue();
  }

  /** {@code y' = (y − μ_t)·σ_s/√(σ_t²+ε) + μ_s}. */
  @Test
  void movesAnOutputByOtherStatistics() {
    dense("dense", "x", 4, 3);
    node(new Relu(), "a", "dense");
    dense("last", "a", 3, 2);
    Network network = network("a", new int[] {2, 4}, 2);
    ChannelStatistics source =
        new ChannelStatistics(new float[] {10, 20, 30}, new float[] {4, 9, 16});
    Network virtual = VirtualNormalizations.insert(network, Map.of("dense", source));
    ChannelStatistics target =
        new ChannelStatistics(new float[] {-1, 0.5f, 2}, new float[] {0.25f, 1, 4});
    Tensor x = input(2, 4);
    Tensor y = constantProduct(x);

    ExecutionPlan plan = ExecutionPlan.compile(virtual);
    RunningStatistics other = new RunningStatistics(Map.of("dense.virtual", target));
    double[] moved =
        run(plan, List.of(x), new Normalization.Frozen(plan.bind(other)))
            .getFirst()
            .toDoubleArray();

    double[] deviations = {2, 3, 4};
    for (int i = 0; i < moved.length; i++) {
      int c = i % 3;
      double right =
          (y.getDouble(i) - target.mean()[c]) * deviations[c] / Math.sqrt(target.variance()[c])
              + source.mean()[c];
      assertThat(moved[i]).isCloseTo(Math.max(0, right), within(2e-5));
    }
  }

  private Tensor constant(String name) {
    return Objects.requireNonNull(constants.get(name));
  }

  private Tensor constantProduct(Tensor x) {
    Tensor y = Tensor.zeros(DataType.FP32, Shape.of(2, 3));
    for (int i = 0; i < 2; i++) {
      for (int m = 0; m < 3; m++) {
        double sum = constant("dense.b").getDouble(m);
        for (int k = 0; k < 4; k++) {
          sum += x.getDouble(4 * i + k) * constant("dense.w").getDouble(4 * m + k);
        }
        y.floats()[3 * i + m] = (float) sum;
      }
    }
    return y;
  }

  @Test
  void showsWhatALayerMakesToAnObserverOfIdentities() {
    convolution("conv", "x", 3, 4, false, 3, 3);
    node(new Relu(), "a", "conv");
    convolution("last", "a", 4, 2, false, 1, 1);
    Network network = network("last", new int[] {2, 3, 8, 8}, 4);
    Network measured = VirtualNormalizations.insert(network, List.of("conv"));
    ExecutionPlan plan = ExecutionPlan.compileForObservation(measured);
    List<ChannelMoments> seen = new ArrayList<>();
    Tensor x = input(2, 3, 8, 8);

    plan.run(
        List.of(x),
        new Normalization.Frozen(plan.bind(measured.runningStatistics())),
        new Workspace(),
        (layer, value) -> seen.add(ChannelMoments.of(value, 1)));
    ChannelStatistics reference = VirtualNormalizations.reference(measured, seen.getFirst());
    Network virtual = VirtualNormalizations.insert(network, Map.of("conv", reference));

    assertThat(sameBits(network, measured, List.of(x))).isTrue();
    assertThat(virtual.runningStatistics().layer("conv.virtual").mean())
        .isEqualTo(reference.mean());
    assertThat(virtual.batchNormalizations().getFirst().beta()).isEqualTo(reference.mean());
    // By the reference data's own statistics the layer is what it was.
    ExecutionPlan batch = ExecutionPlan.compileForObservation(virtual);
    Tensor byBatch = run(batch, List.of(x), new Normalization.Batch()).getFirst();
    ExecutionPlan before = ExecutionPlan.compile(network);
    Tensor right =
        run(before, List.of(x), new Normalization.Frozen(before.bind(network.runningStatistics())))
            .getFirst();
    for (int i = 0; i < right.size(); i++) {
      assertThat(byBatch.getDouble(i)).isCloseTo(right.getDouble(i), within(1e-5));
    }
  }

  @Test
  void leavesOutGatesAndTheLastLayer() {
    convolution("conv", "x", 3, 4, false, 3, 3);
    node(new Relu(), "a", "conv");
    node(new GlobalAveragePool(), "mean", "a");
    convolution("squeeze", "mean", 4, 2, false, 1, 1);
    node(new Relu(), "c", "squeeze");
    convolution("excite", "c", 2, 4, false, 1, 1);
    node(new Sigmoid(), "gate", "excite");
    node(new Multiply(), "gated", "a", "gate");
    convolution("sum", "gated", 4, 4, false, 1, 1);
    node(new Add(), "added", "sum", "gated");
    convolution("pooled", "added", 4, 4, false, 1, 1);
    node(
        new MaxPool(Window.of(new int[] {2, 2}, new int[] {2, 2}, new int[0]), false, false, false),
        "pool",
        "pooled");
    node(new GlobalAveragePool(), "features", "pool");
    node(new Flatten(1), "flat", "features");
    dense("hidden", "flat", 4, 6);
    node(new Relu(), "d", "hidden");
    dense("logits", "d", 6, 3);
    node(new Softmax(new SoftmaxAxis(1, false)), "y", "logits");
    Network network = network("y", new int[] {2, 3, 8, 8}, 2);

    assertThat(VirtualNormalizations.candidates(network))
        .containsExactly("conv", "sum", "pooled", "hidden");
  }

  @Test
  void leavesOutGatesOfDenseLayers() {
    convolution("conv", "x", 3, 4, false, 3, 3);
    node(new Relu(), "a", "conv");
    node(new GlobalAveragePool(), "mean", "a");
    node(new Flatten(1), "flat", "mean");
    dense("squeeze", "flat", 4, 4);
    node(new Relu(), "c", "squeeze");
    dense("excite", "c", 4, 4);
    node(new Sigmoid(), "gate", "excite");
    constants.put("shape", Tensor.of(Shape.of(4), new long[] {-1, 4, 1, 1}));
    node(new Reshape(null, false), "maps", "gate", "shape");
    node(new Multiply(), "gated", "a", "maps");
    convolution("last", "gated", 4, 2, false, 1, 1);
    Network network = network("last", new int[] {2, 3, 8, 8}, 4);

    assertThat(VirtualNormalizations.candidates(network)).containsExactly("conv");
  }

  @Test
  void leavesOutLayersWithoutABiasAndThoseThatAreNormalized() {
    Network network = RandomNetwork.of(3).network();
    for (WeightedLayer layer : WeightedLayer.of(network)) {
      if (layer.bias() == null) {
        assertThat(VirtualNormalizations.candidates(network)).doesNotContain(layer.node().name());
      }
    }
    network.nodes().stream()
        .filter(node -> node.batchNormalization() != null)
        .forEach(node ->
            assertThat(VirtualNormalizations.candidates(network)).doesNotContain(node.name()));
  }

  @Test
  void refusesByNameWhatNoneCanStandBehind() {
    constants.put("w", weights(20, 9));
    node(new MatMul(), "sequence", "x", "w");
    node(new Relu(), "relu", "sequence");
    Network network = network("relu", new int[] {5, 6, 20}, 3);

    assertThatThrownBy(() -> VirtualNormalizations.insert(network, List.of("sequence")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'sequence'")
        .hasMessageContaining("matrix");
    assertThatThrownBy(() -> VirtualNormalizations.insert(network, List.of("relu")))
        .hasMessageContaining("'relu': it is no convolution or dense layer");
    assertThatThrownBy(() -> VirtualNormalizations.insert(network, List.of("no")))
        .hasMessageContaining("'no': the network has no such layer");
  }

  @Test
  void refusesMomentsOfAnotherNumberOfChannels() {
    dense("dense", "x", 4, 3);
    node(new Relu(), "a", "dense");
    Network network = network("a", new int[] {2, 4}, 2);
    ChannelStatistics two = new ChannelStatistics(new float[2], new float[2]);

    assertThatThrownBy(() -> VirtualNormalizations.insert(network, Map.of("dense", two)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'dense' has 3 channels, but its reference moments have 2");
  }

  @Test
  void knowsMapsOfOnePixel() {
    assertThat(VirtualNormalizations.isOnePixel(Shape.of(8, 16, 1, 1))).isTrue();
    assertThat(VirtualNormalizations.isOnePixel(Shape.of(8, 16, 1, 2))).isFalse();
    assertThat(VirtualNormalizations.isOnePixel(Shape.of(8, 16))).isFalse();
  }

  private Network network(String output, int[] input, int outputRank) {
    List<Long> shape = new ArrayList<>();
    for (int extent : input) {
      shape.add((long) extent);
    }
    shape.set(0, -1L);
    return new Network(
        "virtual",
        List.of(new TensorMetadata("x", DataType.FP32, shape)),
        List.of(new TensorMetadata(output, DataType.FP32, Collections.nCopies(outputRank, -1L))),
        nodes,
        constants,
        List.of(),
        new RunningStatistics(Map.of()));
  }

  private void node(Layer layer, String output, String... inputs) {
    nodes.add(
        new Node(
            output, layer.getClass().getSimpleName(), layer, List.of(inputs), List.of(output)));
  }

  private void convolution(
      String name, String x, int inputs, int outputs, boolean transposed, int... kernel) {
    int[] shape = new int[kernel.length + 2];
    shape[0] = transposed ? inputs : outputs;
    shape[1] = transposed ? outputs : inputs;
    System.arraycopy(kernel, 0, shape, 2, kernel.length);
    constants.put(name + ".w", weights(shape));
    constants.put(name + ".b", weights(outputs));
    Window window = Window.of(new int[0], new int[0], new int[0]);
    Layer layer =
        transposed
            ? new TransposedConvolution(window, 1, new int[0], new int[0])
            : new Convolution(window, 1);
    node(layer, name, x, name + ".w", name + ".b");
  }

  private void dense(String name, String x, int inputs, int outputs) {
    constants.put(name + ".w", weights(outputs, inputs));
    constants.put(name + ".b", weights(outputs));
    node(new Dense(1, 1, false, true), name, x, name + ".w", name + ".b");
  }

  private Tensor weights(int... shape) {
    Tensor weights = Tensor.zeros(DataType.FP32, Shape.of(shape));
    for (int i = 0; i < weights.size(); i++) {
      weights.floats()[i] = (float) (0.5 * random.nextGaussian());
    }
    return weights;
  }

  private Tensor input(int... shape) {
    return weights(shape);
  }
}
