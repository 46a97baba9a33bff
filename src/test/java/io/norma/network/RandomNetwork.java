package io.norma.network;

import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.AveragePool;
import io.norma.kernel.layer.Clip;
import io.norma.kernel.layer.Concat;
import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.Flatten;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.HardSigmoid;
import io.norma.kernel.layer.HardSwish;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.LeakyRelu;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.Resize;
import io.norma.kernel.layer.Sigmoid;
import io.norma.kernel.layer.Swish;
import io.norma.kernel.layer.Tanh;
import io.norma.kernel.layer.support.AutoPad;
import io.norma.kernel.layer.support.CoordinateMode;
import io.norma.kernel.layer.support.Interpolation;
import io.norma.kernel.layer.support.NearestMode;
import io.norma.kernel.layer.support.Resampling;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A small network of convolutions and what stands around them, with geometry at random: kernels,
 * strides, dilations, pads, groups, channels. The same seed gives the same network.
 */
final class RandomNetwork {
  private static final int[] KERNELS = {1, 1, 1, 2, 3, 3, 3, 3, 4, 5, 7};
  private static final int[] STRIDES = {1, 1, 1, 1, 2, 2, 3, 4};
  private static final int[] DILATIONS = {1, 1, 1, 1, 2, 3, 5, 12};
  private static final int[] CHANNELS = {1, 3, 4, 7, 8, 12, 15, 16, 17, 24, 31, 32, 33, 40, 48, 64};
  private static final int[] EXTENTS = {1, 1, 2, 3, 4, 5, 7, 8, 9, 12, 14, 15, 17, 20, 29};
  private static final int[] ROWS = {0, 1, 1, 1, 1, 2, 2, 3, 5, 16};

  private final Random random;
  private final int inputChannels;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> constants = new LinkedHashMap<>();
  private final List<BatchNormalizationLayer> normalizations = new ArrayList<>();
  private boolean matrix;

  /** Channels of the value whose maps are resized to what an input says; 0 for none. */
  private long resizedChannels;

  private String value = "x";
  private int channels;

  private RandomNetwork(long seed) {
    random = new Random(seed);
    inputChannels = pick(CHANNELS);
    channels = inputChannels;
    int blocks = 1 + random.nextInt(5);
    for (int i = 0; i < blocks; i++) {
      block();
    }
    if (random.nextInt(3) == 0) {
      head();
    }
  }

  static RandomNetwork of(long seed) {
    return new RandomNetwork(seed);
  }

  Network network() {
    List<TensorMetadata> inputs = new ArrayList<>();
    inputs.add(
        new TensorMetadata("x", DataType.FP32, List.of(-1L, (long) inputChannels, -1L, -1L)));
    if (resizedChannels > 0) {
      inputs.add(new TensorMetadata("sizes", DataType.INT64, List.of(4L)));
    }
    List<Long> shape = matrix ? List.of(-1L, -1L) : List.of(-1L, -1L, -1L, -1L);
    return new Network(
        "random",
        inputs,
        List.of(new TensorMetadata(value, DataType.FP32, shape)),
        nodes,
        constants,
        normalizations,
        statistics());
  }

  /** Running statistics for all layers, others with each call. */
  RunningStatistics statistics() {
    Map<String, ChannelStatistics> layers = new LinkedHashMap<>();
    for (BatchNormalizationLayer layer : normalizations) {
      float[] mean = new float[layer.channels()];
      float[] variance = new float[layer.channels()];
      for (int c = 0; c < mean.length; c++) {
        mean[c] = (float) (0.5 * random.nextGaussian());
        variance[c] = 0.3f + 2 * random.nextFloat();
      }
      layers.put(layer.name(), new ChannelStatistics(mean, variance));
    }
    return new RunningStatistics(layers);
  }

  /**
   * Inputs of a random size.
   *
   * @param finite whether all elements are
   */
  List<Tensor> inputs(boolean finite) {
    Shape shape = Shape.of(pick(ROWS), inputChannels, pick(EXTENTS), pick(EXTENTS));
    return withSizes(elements(shape, finite), shape.dimension(0));
  }

  /** Inputs of the same shapes with other elements. */
  List<Tensor> others(List<Tensor> inputs, boolean finite) {
    Shape shape = inputs.getFirst().shape();
    return withSizes(elements(shape, finite), shape.dimension(0));
  }

  private Tensor elements(Shape shape, boolean finite) {
    Tensor x = Tensor.zeros(DataType.FP32, shape);
    for (int i = 0; i < x.size(); i++) {
      x.floats()[i] = (float) random.nextGaussian();
    }
    for (int i = finite ? 3 : 0; i < 3 && x.size() > 0; i++) {
      float[] special = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN};
      x.floats()[random.nextInt(x.size())] = special[random.nextInt(3)];
    }
    return x;
  }

  private List<Tensor> withSizes(Tensor x, int rows) {
    if (resizedChannels == 0) {
      return List.of(x);
    }
    return List.of(x, Tensor.of(Shape.of(4), rows, resizedChannels, pick(EXTENTS), pick(EXTENTS)));
  }

  private void block() {
    switch (random.nextInt(12)) {
      case 0, 1, 2, 3, 4 -> {
        convolution(randomWindow(), pick(CHANNELS));
        maybeNormalization();
        maybeActivation();
      }
      case 5, 6 -> residual();
      case 7 -> joined();
      case 8 -> gated();
      case 9 -> pooling();
      case 10 -> {
        normalization();
        maybeActivation();
      }
      default -> resize();
    }
  }

  private void residual() {
    String skipped = value;
    convolution(sameWindow(), channels);
    maybeNormalization();
    if (random.nextBoolean()) {
      maybeActivation();
      convolution(sameWindow(), channels);
      maybeNormalization();
    }
    boolean first = random.nextBoolean();
    node(new Add(), first ? List.of(skipped, value) : List.of(value, skipped));
    maybeActivation();
  }

  private void joined() {
    String skipped = value;
    int before = channels;
    convolution(sameWindow(), pick(CHANNELS));
    maybeActivation();
    node(new Concat(1), List.of(skipped, value));
    channels += before;
  }

  /** Squeeze and excitation, or a value times its own gate. */
  private void gated() {
    String gated = value;
    if (random.nextBoolean()) {
      node(new GlobalAveragePool(), List.of(value));
      convolution(
          new Window(AutoPad.NOTSET, new int[0], new int[0], new int[0], new int[0]),
          channels,
          1,
          1);
    }
    node(random.nextBoolean() ? new Sigmoid() : new HardSigmoid(1 / 6f, 0.5f), List.of(value));
    node(new Multiply(), List.of(gated, value));
  }

  private void pooling() {
    int kernel = 1 + random.nextInt(4);
    int[] extents = {kernel, 1 + random.nextInt(3)};
    int[] strides = {1 + random.nextInt(3), 1 + random.nextInt(3)};
    // Every window sees at least one element.
    int[] pads = {
      random.nextInt(extents[0]),
      random.nextInt(extents[1]),
      random.nextInt(extents[0]),
      random.nextInt(extents[1])
    };
    Window window = new Window(AutoPad.NOTSET, extents, strides, new int[0], pads);
    node(
        random.nextBoolean()
            ? new MaxPool(window, false, false, false)
            : new AveragePool(window, false, random.nextBoolean()),
        List.of(value));
  }

  private void resize() {
    if (resizedChannels > 0) {
      return;
    }
    resizedChannels = channels;
    Resampling nearest =
        new Resampling(
            Interpolation.NEAREST,
            CoordinateMode.ASYMMETRIC,
            NearestMode.FLOOR,
            -0.75,
            false,
            false,
            0);
    node(
        new Resize(nearest, new int[0], Resize.AspectRatio.STRETCH),
        List.of(value, "", "", "sizes"));
  }

  private void head() {
    node(new GlobalAveragePool(), List.of(value));
    node(new Flatten(1), List.of(value));
    for (int layer = 0; layer <= random.nextInt(3); layer++) {
      int outputs = pick(CHANNELS);
      boolean outputsFirst = random.nextBoolean();
      String name = "dense" + nodes.size();
      constants.put(
          name + ".w",
          weights(
              outputsFirst ? Shape.of(outputs, channels) : Shape.of(channels, outputs), channels));
      constants.put(name + ".b", weights(Shape.of(outputs), 4));
      node(new Dense(1, 1, false, outputsFirst), List.of(value, name + ".w", name + ".b"));
      channels = outputs;
      matrix = true;
      maybeNormalization();
      maybeActivation();
    }
  }

  private void convolution(Window window, int outputs) {
    convolution(
        new Window(
            window.autoPad(), new int[0], window.strides(), window.dilations(), window.pads()),
        outputs,
        window.kernel()[0],
        window.kernel()[1]);
  }

  private void convolution(Window window, int outputs, int kernelHeight, int kernelWidth) {
    int groups = 1;
    int m = outputs;
    if (random.nextInt(4) == 0) {
      groups = channels;
      m = outputs == channels || random.nextBoolean() ? channels : 2 * channels;
    } else if (random.nextInt(4) == 0) {
      int[] divisors = {2, 3, 4, 8, 16};
      int divisor = pick(divisors);
      groups = channels % divisor == 0 && m % divisor == 0 ? divisor : 1;
    }
    String name = "conv" + nodes.size();
    int perGroup = channels / groups;
    constants.put(
        name + ".w",
        weights(
            Shape.of(m, perGroup, kernelHeight, kernelWidth),
            perGroup * kernelHeight * kernelWidth));
    List<String> inputs = new ArrayList<>(List.of(value, name + ".w"));
    if (random.nextBoolean()) {
      constants.put(name + ".b", weights(Shape.of(m), 4));
      inputs.add(name + ".b");
    }
    node(new Convolution(window, groups), inputs);
    channels = m;
  }

  private Tensor weights(Shape shape, int fanIn) {
    Tensor w = Tensor.zeros(DataType.FP32, shape);
    for (int i = 0; i < w.size(); i++) {
      w.floats()[i] = (float) (random.nextGaussian() / Math.sqrt(fanIn));
    }
    return w;
  }

  private void maybeNormalization() {
    if (random.nextBoolean()) {
      normalization();
    }
  }

  private void normalization() {
    String name = "bn" + nodes.size();
    float[] gamma = new float[channels];
    float[] beta = new float[channels];
    for (int c = 0; c < channels; c++) {
      gamma[c] = (random.nextInt(4) == 0 ? -1 : 1) * (0.5f + random.nextFloat());
      beta[c] = (float) (0.5 * random.nextGaussian());
    }
    normalizations.add(new BatchNormalizationLayer(name, gamma, beta, 1e-5));
    Layer none =
        (inputs, memory) -> {
          throw new IllegalStateException("it is bound late");
        };
    nodes.add(new Node(name, "BatchNormalization", none, List.of(value), List.of(name), name));
    value = name;
  }

  private void maybeActivation() {
    if (random.nextBoolean()) {
      node(activation(), List.of(value));
    }
  }

  private Layer activation() {
    return switch (random.nextInt(8)) {
      case 0 -> new Clip(0f, 6f);
      case 1 -> new LeakyRelu(0.1f);
      case 2 -> new Sigmoid();
      case 3 -> new HardSwish();
      case 4 -> new Swish(1);
      case 5 -> new Tanh();
      default -> new Relu();
    };
  }

  private void node(Layer layer, List<String> inputs) {
    String name = layer.getClass().getSimpleName() + nodes.size();
    nodes.add(new Node(name, layer.getClass().getSimpleName(), layer, inputs, List.of(name)));
    value = name;
  }

  private Window randomWindow() {
    int[] kernel = {pick(KERNELS), pick(KERNELS)};
    if (random.nextBoolean()) {
      kernel[1] = kernel[0];
    }
    int[] strides = {pick(STRIDES), pick(STRIDES)};
    int[] dilations = {pick(DILATIONS), pick(DILATIONS)};
    int[] pads = new int[4];
    boolean same = random.nextInt(3) > 0;
    for (int axis = 0; axis < 2; axis++) {
      int reach = (kernel[axis] - 1) * dilations[axis];
      pads[axis] = same ? reach / 2 : random.nextInt(reach + 2);
      pads[axis + 2] = same ? reach - reach / 2 : random.nextInt(reach + 2);
    }
    return new Window(AutoPad.NOTSET, kernel, strides, dilations, pads);
  }

  /** A window whose outputs have the extents of its inputs. */
  private Window sameWindow() {
    int[] kernel = {1 + 2 * random.nextInt(3), 1 + 2 * random.nextInt(3)};
    if (random.nextBoolean()) {
      kernel = new int[] {3, 3};
    }
    int[] dilations = {random.nextInt(4) == 0 ? 2 : 1, random.nextInt(4) == 0 ? 2 : 1};
    int down = (kernel[0] - 1) * dilations[0] / 2;
    int across = (kernel[1] - 1) * dilations[1] / 2;
    return new Window(
        AutoPad.NOTSET, kernel, new int[0], dilations, new int[] {down, across, down, across});
  }

  private int pick(int[] choices) {
    return choices[random.nextInt(choices.length)];
  }
}
