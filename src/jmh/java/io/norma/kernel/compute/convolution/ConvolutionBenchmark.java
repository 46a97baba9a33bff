package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Convolutions by shape, on one thread. Run with {@code -jvmArgsAppend
 * -Dnorma.compute.vector-bits=128} or 256 for shorter vectors: a kernel that fell off what the
 * compiler can do is ten times slower than its neighbours.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-XX:Tier3DelayOn=1000000"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ConvolutionBenchmark {
  /** Input channels, output channels, kernel, stride, extent of the map, groups. */
  @Param({
    "3,64,7,2,224,1",
    "64,64,3,1,56,1",
    "128,128,3,1,28,1",
    "256,256,3,1,14,1",
    "512,512,3,1,7,1",
    "64,128,3,2,56,1",
    "256,64,1,1,56,1",
    "64,256,1,1,56,1",
    "1024,256,1,1,14,1",
    "2048,512,1,1,7,1",
    "144,144,3,1,56,144",
    "96,96,3,2,112,96"
  })
  public String shape = "";

  private float[] x = new float[0];
  private float[] y = new float[0];
  private PlaneGeometry geometry = new PlaneGeometry(1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1);
  private BlockedConvolution convolution =
      BlockedConvolution.pack(new float[1], 0, 1, 1, 1, 1, 1, true);
  private Epilogue epilogue = Epilogue.NONE;
  private final Arena arena = new Arena();

  /** Prepares one shape. */
  @Setup
  public void prepare() {
    ComputePool.configure(1);
    String[] parts = shape.split(",", -1);
    int c = Integer.parseInt(parts[0]);
    int m = Integer.parseInt(parts[1]);
    int kernel = Integer.parseInt(parts[2]);
    int stride = Integer.parseInt(parts[3]);
    int extent = Integer.parseInt(parts[4]);
    int groups = Integer.parseInt(parts[5]);
    int pad = kernel / 2;
    int output = (extent + 2 * pad - kernel) / stride + 1;
    geometry =
        new PlaneGeometry(
            extent, extent, kernel, kernel, stride, stride, pad, pad, 1, 1, output, output);
    float[] weights = random(m * (c / groups) * kernel * kernel);
    convolution = BlockedConvolution.pack(weights, 0, m, c, groups, kernel, kernel, stride == 1);
    int channels = convolution.takesPlanes() ? c : ChannelBlocks.padded(c);
    x = random(channels * extent * extent);
    int padded = ChannelBlocks.padded(m);
    y = new float[padded * output * output];
    epilogue = new Epilogue(random(2 * padded), 0, padded, 0, Activation.RELU, null, 0);
  }

  private static float[] random(int length) {
    Random random = new Random(1);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** One map. */
  @Benchmark
  public float[] convolve() {
    arena.used = 0;
    convolution.forward(x, 0, y, 0, 1, geometry, epilogue, arena);
    return y;
  }

  /** Scratch memory that is the same in every call. */
  private static final class Arena implements Memory {
    private final float[] floats = new float[1 << 22];
    private int used;

    @Override
    public Tensor allocate(DataType dataType, Shape shape) {
      Tensor tensor = Tensor.of(dataType, shape, floats, used);
      used += ChannelBlocks.padded(shape.size());
      return tensor;
    }
  }
}
