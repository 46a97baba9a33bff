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
import io.norma.kernel.layer.LeakyRelu;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.Resize;
import io.norma.kernel.layer.Sigmoid;
import io.norma.kernel.layer.Swish;
import io.norma.kernel.layer.Tanh;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * Layers written out as they are defined, in double and with no thought of speed: what every other
 * way to compute them is held against. Shares no code with them.
 */
final class Definitions {
  private final Network network;
  private final List<RunningStatistics> rows;
  private final Map<String, DoubleTensor> values = new HashMap<>();
  private long left;

  /** A window does not fit its input, or it is more work than was allowed. */
  static final class DoesNotFit extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private Definitions(Network network, List<RunningStatistics> rows, long largest) {
    this.network = network;
    this.rows = rows;
    this.left = largest;
  }

  /**
   * The outputs of a network.
   *
   * @param rows the running statistics of each row of the batch
   * @param largest products that are worth their time
   * @throws DoesNotFit if a window does not fit its input, or it takes more products
   */
  static List<DoubleTensor> run(
      Network network, List<Tensor> inputs, List<RunningStatistics> rows, long largest) {
    Definitions run = new Definitions(network, rows, largest);
    for (int i = 0; i < inputs.size(); i++) {
      run.values.put(network.inputs().get(i).name(), DoubleTensor.of(inputs.get(i)));
    }
    network.constants().forEach((name, value) -> run.values.put(name, DoubleTensor.of(value)));
    for (Node node : network.nodes()) {
      run.values.put(node.outputs().getFirst(), run.compute(node));
    }
    return network.outputs().stream().map(output -> run.value(output.name())).toList();
  }

  private DoubleTensor value(String name) {
    return Objects.requireNonNull(values.get(name), name);
  }

  private DoubleTensor compute(Node node) {
    DoubleTensor x = value(node.inputs().getFirst());
    if (node.batchNormalization() != null) {
      return normalize(x, node.batchNormalization());
    }
    return switch (node.layer()) {
      case Relu _ -> map(x, v -> v < 0 ? 0 : v);
      case Clip clip -> map(x, v -> clip(v, clip));
      case LeakyRelu leaky -> map(x, v -> v < 0 ? leaky.alpha() * v : v);
      case Sigmoid _ -> map(x, Definitions::sigmoid);
      case Tanh _ -> map(x, Math::tanh);
      case Swish swish -> map(x, v -> v * sigmoid(swish.alpha() * v));
      case HardSigmoid hard -> map(x, v -> unit(hard.alpha() * v + hard.beta()));
      case HardSwish _ -> map(x, v -> v * unit(v / 6 + 0.5));
      case Add _ -> combine(x, value(node.inputs().get(1)), Double::sum);
      case Multiply _ -> combine(x, value(node.inputs().get(1)), (a, b) -> a * b);
      case Concat _ -> concatenate(node.inputs().stream().map(this::value).toList());
      case Convolution convolution ->
          convolve(x, value(node.inputs().get(1)), bias(node), convolution);
      case MaxPool pool -> maximum(x, pool.window());
      case AveragePool pool -> average(x, pool);
      case GlobalAveragePool _ -> globalAverage(x);
      case Resize _ -> nearest(x, value(node.inputs().get(3)));
      case Flatten _ ->
          new DoubleTensor(
              new int[] {x.dimension(0), x.values().length / Math.max(1, x.dimension(0))},
              x.values());
      case Dense dense -> dense(x, value(node.inputs().get(1)), bias(node), dense);
      default -> throw new IllegalArgumentException("no definition of " + node.layer());
    };
  }

  private double[] bias(Node node) {
    return node.inputs().size() < 3 ? new double[0] : value(node.inputs().get(2)).values();
  }

  private static double sigmoid(double v) {
    return 1 / (1 + Math.exp(-v));
  }

  private static double unit(double v) {
    return v < 0 ? 0 : v > 1 ? 1 : v;
  }

  private static double clip(double v, Clip clip) {
    Float low = clip.low();
    Float high = clip.high();
    double raised = low != null && v < low ? low : v;
    return high != null && raised > high ? high : raised;
  }

  private static DoubleTensor map(DoubleTensor x, DoubleUnaryOperator function) {
    DoubleTensor y = DoubleTensor.zeros(x.shape());
    for (int i = 0; i < y.values().length; i++) {
      y.values()[i] = function.applyAsDouble(x.values()[i]);
    }
    return y;
  }

  /** Maps of which one may have a single pixel, for each of the other's. */
  private static DoubleTensor combine(
      DoubleTensor a, DoubleTensor b, DoubleBinaryOperator operator) {
    if (a.values().length < b.values().length) {
      return combine(b, a, operator);
    }
    DoubleTensor y = DoubleTensor.zeros(a.shape());
    int each = a.values().length == b.values().length ? 1 : a.pixels();
    for (int i = 0; i < y.values().length; i++) {
      y.values()[i] = operator.applyAsDouble(a.values()[i], b.values()[i / each]);
    }
    return y;
  }

  private DoubleTensor normalize(DoubleTensor x, String name) {
    List<BatchNormalizationLayer> layers = network.batchNormalizations();
    BatchNormalizationLayer layer = layers.get(BatchNormalizationLayer.indexOf(layers, name));
    DoubleTensor y = DoubleTensor.zeros(x.shape());
    int channels = x.dimension(1);
    int pixels = x.values().length / Math.max(1, x.dimension(0) * channels);
    for (int i = 0; i < y.values().length; i++) {
      int c = i / pixels % channels;
      ChannelStatistics statistics = rows.get(i / pixels / channels).layer(name);
      double deviation = Math.sqrt(statistics.variance()[c] + layer.epsilon());
      double standard = (x.values()[i] - statistics.mean()[c]) / deviation;
      y.values()[i] = layer.gamma()[c] * standard + layer.beta()[c];
    }
    return y;
  }

  private static DoubleTensor concatenate(List<DoubleTensor> parts) {
    DoubleTensor first = parts.getFirst();
    int channels = parts.stream().mapToInt(part -> part.dimension(1)).sum();
    int pixels = first.pixels();
    DoubleTensor y =
        DoubleTensor.zeros(first.dimension(0), channels, first.dimension(2), first.dimension(3));
    int to = 0;
    for (int n = 0; n < first.dimension(0); n++) {
      for (DoubleTensor part : parts) {
        int length = part.dimension(1) * pixels;
        System.arraycopy(part.values(), n * length, y.values(), to, length);
        to += length;
      }
    }
    return y;
  }

  /** Extents of a window's outputs, and what a tap of one reads. */
  private static final class Taps {
    private final int height;
    private final int width;
    private final Window window;
    private final int[] kernel;
    private final int outputHeight;
    private final int outputWidth;

    Taps(DoubleTensor x, Window window, int[] kernel) {
      this.window = window;
      this.kernel = kernel;
      height = x.dimension(2);
      width = x.dimension(3);
      outputHeight = extent(height, 0);
      outputWidth = extent(width, 1);
    }

    private int of(int[] list, int index, int otherwise) {
      return list.length == 0 ? otherwise : list[index];
    }

    private int extent(int input, int axis) {
      int pads = of(window.pads(), axis, 0) + of(window.pads(), axis + 2, 0);
      int reach = (kernel[axis] - 1) * of(window.dilations(), axis, 1) + 1;
      int room = input + pads - reach;
      if (room < 0) {
        throw new DoesNotFit();
      }
      return room / of(window.strides(), axis, 1) + 1;
    }

    int count() {
      return kernel[0] * kernel[1];
    }

    int outputs() {
      return outputHeight * outputWidth;
    }

    /** The pixel that a tap of an output reads, or −1 in the padding. */
    int pixel(int output, int tap) {
      int y = at(output / outputWidth, tap / kernel[1], 0);
      int x = at(output % outputWidth, tap % kernel[1], 1);
      return y < 0 || y >= height || x < 0 || x >= width ? -1 : y * width + x;
    }

    private int at(int output, int tap, int axis) {
      return output * of(window.strides(), axis, 1)
          - of(window.pads(), axis, 0)
          + tap * of(window.dilations(), axis, 1);
    }

    DoubleTensor zeros(int n, int channels) {
      return DoubleTensor.zeros(n, channels, outputHeight, outputWidth);
    }
  }

  private DoubleTensor convolve(DoubleTensor x, DoubleTensor w, double[] bias, Convolution layer) {
    Taps taps = new Taps(x, layer.window(), new int[] {w.dimension(2), w.dimension(3)});
    int outputs = w.dimension(0);
    int perGroup = w.dimension(1);
    left -= (long) x.dimension(0) * outputs * perGroup * taps.count() * taps.outputs();
    if (left < 0) {
      throw new DoesNotFit();
    }
    DoubleTensor y = taps.zeros(x.dimension(0), outputs);
    int[] pixels = new int[taps.outputs() * taps.count()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = taps.pixel(i / taps.count(), i % taps.count());
    }
    int to = 0;
    for (int n = 0; n < x.dimension(0); n++) {
      for (int o = 0; o < outputs; o++) {
        int group = o / (outputs / layer.groups());
        int first = (n * x.dimension(1) + group * perGroup) * x.pixels();
        for (int p = 0; p < taps.outputs(); p++) {
          double sum = bias.length == 0 ? 0 : bias[o];
          for (int c = 0; c < perGroup; c++) {
            for (int t = 0; t < taps.count(); t++) {
              int pixel = pixels[p * taps.count() + t];
              if (pixel >= 0) {
                sum +=
                    w.values()[(o * perGroup + c) * taps.count() + t]
                        * x.values()[first + c * x.pixels() + pixel];
              }
            }
          }
          y.values()[to++] = sum;
        }
      }
    }
    return y;
  }

  private static DoubleTensor maximum(DoubleTensor x, Window window) {
    Taps taps = new Taps(x, window, window.kernel());
    DoubleTensor y = taps.zeros(x.dimension(0), x.dimension(1));
    for (int i = 0; i < y.values().length; i++) {
      double maximum = Double.NEGATIVE_INFINITY;
      for (int t = 0; t < taps.count(); t++) {
        int pixel = taps.pixel(i % taps.outputs(), t);
        if (pixel >= 0) {
          maximum = Math.max(maximum, x.values()[i / taps.outputs() * x.pixels() + pixel]);
        }
      }
      y.values()[i] = maximum;
    }
    return y;
  }

  private static DoubleTensor average(DoubleTensor x, AveragePool pool) {
    Taps taps = new Taps(x, pool.window(), pool.window().kernel());
    DoubleTensor y = taps.zeros(x.dimension(0), x.dimension(1));
    for (int i = 0; i < y.values().length; i++) {
      double sum = 0;
      int inside = 0;
      for (int t = 0; t < taps.count(); t++) {
        int pixel = taps.pixel(i % taps.outputs(), t);
        if (pixel >= 0) {
          sum += x.values()[i / taps.outputs() * x.pixels() + pixel];
          inside++;
        }
      }
      y.values()[i] = sum / (pool.countsPadding() ? taps.count() : inside);
    }
    return y;
  }

  private static DoubleTensor globalAverage(DoubleTensor x) {
    DoubleTensor y = DoubleTensor.zeros(x.dimension(0), x.dimension(1), 1, 1);
    for (int i = 0; i < x.values().length; i++) {
      y.values()[i / x.pixels()] += x.values()[i];
    }
    return map(y, v -> v / x.pixels());
  }

  /** Nearest neighbours, asymmetric, rounded down. */
  private static DoubleTensor nearest(DoubleTensor x, DoubleTensor sizes) {
    int height = (int) sizes.values()[2];
    int width = (int) sizes.values()[3];
    DoubleTensor y = DoubleTensor.zeros(x.dimension(0), x.dimension(1), height, width);
    for (int i = 0; i < y.values().length; i++) {
      int row = i / width % height * x.dimension(2) / height;
      int column = i % width * x.dimension(3) / width;
      y.values()[i] = x.values()[i / (height * width) * x.pixels() + row * x.dimension(3) + column];
    }
    return y;
  }

  private static DoubleTensor dense(DoubleTensor x, DoubleTensor w, double[] bias, Dense layer) {
    int inputs = x.dimension(1);
    int outputs = w.dimension(layer.transposeB() ? 0 : 1);
    DoubleTensor y = DoubleTensor.zeros(x.dimension(0), outputs);
    for (int i = 0; i < y.values().length; i++) {
      int o = i % outputs;
      double sum = bias.length == 0 ? 0 : bias[o];
      for (int k = 0; k < inputs; k++) {
        double weight = w.values()[layer.transposeB() ? o * inputs + k : k * outputs + o];
        sum += x.values()[i / outputs * inputs + k] * weight;
      }
      y.values()[i] = sum;
    }
    return y;
  }
}
