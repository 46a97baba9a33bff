package io.norma.kernel.compute.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.Simd;
import io.norma.kernel.compute.blocks.RowBlocks;
import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.tensor.Memory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BFloat16PanelsTest {
  /** Of a sum's largest possible value: FP32 adds up to 1,600 products. */
  private static final double TOLERANCE = 1e-5;

  /** Below, at and above one panel, two and more of 16 and of 32. */
  private static final int[] OUTPUTS = {1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 70};

  private static final int[] ROWS = {1, 2, 3, 4, 5, 17, 65};

  @BeforeEach
  void computesOnVectorsAlone() {
    Assumptions.assumeTrue(Simd.isAvailable(), "dense layers are packed for vectors alone");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 17, 65, 114})
  void multipliesByTheNearestWeightsOfHalfTheBytes(int rows) {
    Random random = new Random(rows);
    for (int inputs = 1; inputs <= 70; inputs += rows > 17 ? 9 : 1) {
      for (int outputs : OUTPUTS) {
        multiplies(random, rows, inputs, outputs);
      }
    }
  }

  @Test
  void passesManyTapsOverTheRowsInTurn() {
    Random random = new Random(5);
    multiplies(random, 1, 1600, 40);
    multiplies(random, 9, 1600, 40);
    multiplies(random, 7, 1217, 70);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void givesARowTheSameBitsInAnyBatchOnAnyThreads(int threads) {
    int before = ComputePool.get().threads();
    ComputePool.configure(threads);
    try {
      // The second is enough to be shared among threads.
      for (int[] size : new int[][] {{53, 70}, {800, 500}}) {
        givesARowTheSameBits(new Layer(new Random(3), size[0], size[1]));
      }
    } finally {
      ComputePool.configure(before);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 5, 64})
  void passesRowsOnInBlocks(int rows) {
    Random random = new Random(8);
    Layer first = new Layer(random, 30, 50);
    Layer second = new Layer(random, 50, 10);
    float[] x = values(random, rows * 30);
    float[] blocks = new float[RowBlocks.length(rows, 50)];
    float[] y = new float[rows * 10];
    first.run(x, false, blocks, true, rows);
    second.run(blocks, true, y, false, rows);
    assertThat(y).isEqualTo(second.rows(first.rows(x, rows), rows));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 16, 114})
  void finishesEachRowWithItsOwnVectors(int rows) {
    Random random = new Random(9);
    Layer layer = new Layer(random, 21, 40);
    float[] vectors = values(random, rows * 96);
    float[] x = values(random, rows * 21);
    float[] together = new float[rows * 40];
    Epilogue mixed = new Epilogue(vectors, 0, 48, 96, Activation.RELU, null, 0);
    layer.product.forward(x, 0, false, together, 0, false, rows, mixed, Memory.heap());
    for (int r = 0; r < rows; r++) {
      float[] alone = new float[40];
      Epilogue own = new Epilogue(vectors, r * 96, 48, 0, Activation.RELU, null, 0);
      layer.product.forward(x, r * 21, false, alone, 0, false, 1, own, Memory.heap());
      assertThat(Arrays.copyOfRange(together, r * 40, (r + 1) * 40)).isEqualTo(alone);
    }
  }

  @Test
  void roundsTiesToEvenAndKeepsWhatIsNoNumberOrSubnormal() {
    float[] weights = {
      Float.intBitsToFloat(0x3F808000), // a tie, down to even
      Float.intBitsToFloat(0x3F818000), // a tie, up to even
      Float.intBitsToFloat(0x3F808001),
      Float.intBitsToFloat(0x3F817FFF),
      Float.intBitsToFloat(0xBF818000),
      Float.intBitsToFloat(0x3FFFFFFF), // to the next power of two
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.NaN,
      Float.intBitsToFloat(0x7F800001), // its upper half alone is an infinity
      Float.intBitsToFloat(0xFFFFFFFF),
      Float.MAX_VALUE,
      Float.intBitsToFloat(0x7F7F7FFF), // the largest that stays finite
      Float.MIN_NORMAL,
      Float.intBitsToFloat(0x00018000), // subnormal, a tie
      Float.intBitsToFloat(0x80230000), // subnormal, as it is
      Float.MIN_VALUE,
      0f,
      -0f
    };
    float[] expected = {
      Float.intBitsToFloat(0x3F800000),
      Float.intBitsToFloat(0x3F820000),
      Float.intBitsToFloat(0x3F810000),
      Float.intBitsToFloat(0x3F810000),
      Float.intBitsToFloat(0xBF820000),
      2,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.NaN,
      Float.NaN,
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.intBitsToFloat(0x7F7F0000),
      Float.MIN_NORMAL,
      Float.intBitsToFloat(0x00020000),
      Float.intBitsToFloat(0x80230000),
      0,
      0,
      0
    };
    Panels packed = BFloat16Panels.of(weights, 0, weights.length, 1, true);
    DenseProduct product = new DenseProduct(packed, 1);
    int padded = ChannelBlocks.padded(weights.length);
    float[] vectors = new float[2 * padded];
    Arrays.fill(vectors, 0, padded, 1);
    Epilogue epilogue = new Epilogue(vectors, 0, padded, 0, Activation.IDENTITY, null, 0);
    for (int rows : ROWS) {
      float[] x = new float[rows];
      Arrays.fill(x, 1);
      float[] y = new float[rows * weights.length];
      product.forward(x, 0, false, y, 0, false, rows, epilogue, Memory.heap());
      for (int i = 0; i < y.length; i++) {
        assertThat(y[i]).isEqualTo(Float.valueOf(expected[i % expected.length]));
      }
      for (int i = 0; i < weights.length; i++) {
        assertThat(nearest(weights[i]) + 0f).isEqualTo(Float.valueOf(expected[i]));
      }
    }
  }

  @Test
  void narrowsLargeMatricesAlone() {
    float[] weights = new float[1 << 18];
    Arrays.fill(weights, Float.intBitsToFloat(0x3F800001));
    float whole = firstOutput(new DenseProduct(weights, 0, 512, 512, true, WeightFormat.FP32));
    assertThat(whole).isGreaterThan(512);
    assertThat(firstOutput(new DenseProduct(weights, 0, 512, 512, true, WeightFormat.BF16)))
        .isEqualTo(512);
    assertThat(firstOutput(new DenseProduct(weights, 0, 511, 512, true, WeightFormat.BF16)))
        .isEqualTo(whole);
  }

  private static float firstOutput(DenseProduct product) {
    float[] vectors = new float[2 * 512];
    Arrays.fill(vectors, 0, 512, 1);
    float[] x = new float[512];
    Arrays.fill(x, 1);
    float[] y = new float[512];
    Epilogue epilogue = new Epilogue(vectors, 0, 512, 0, Activation.IDENTITY, null, 0);
    product.forward(x, 0, false, y, 0, false, 1, epilogue, Memory.heap());
    return y[0];
  }

  @Test
  void multipliesWithoutFusedMultiplyAddsToo() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-Dnorma.compute.unfused=true",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Unfused.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("Running on kernels without fused multiply-add");
  }

  /** Fails where this machine's products would. */
  static final class Unfused {
    private Unfused() {}

    public static void main(String[] arguments) {
      Random random = new Random(2);
      for (int rows : ROWS) {
        for (int outputs : OUTPUTS) {
          multiplies(random, rows, 37, outputs);
        }
      }
      givesARowTheSameBits(new Layer(random, 53, 70));
    }
  }

  private static void multiplies(Random random, int rows, int inputs, int outputs) {
    Layer layer = new Layer(random, inputs, outputs);
    float[] x = values(random, rows * inputs);
    float[] y = layer.rows(x, rows);
    for (int i = 0; i < y.length; i++) {
      int m = i % outputs;
      double sum = 0;
      double magnitude = 0;
      for (int k = 0; k < inputs; k++) {
        double product = (double) nearest(layer.weight(m, k)) * x[i / outputs * inputs + k];
        sum += product;
        magnitude += Math.abs(product);
      }
      double scale = layer.vectors[m];
      double shift = layer.vectors[ChannelBlocks.padded(outputs) + m];
      double bound = TOLERANCE * (Math.abs(scale) * magnitude + Math.abs(shift));
      assertThat(Math.abs(y[i] - (scale * sum + shift)))
          .as("row %d, output %d of %d, %d inputs", i / outputs, m, outputs, inputs)
          .isLessThanOrEqualTo(bound);
    }
  }

  private static void givesARowTheSameBits(Layer layer) {
    Random random = new Random(4);
    for (int rows : ROWS) {
      float[] x = values(random, rows * layer.inputs);
      float[] together = layer.rows(x, rows);
      for (int r = 0; r < rows; r++) {
        float[] row = Arrays.copyOfRange(x, r * layer.inputs, (r + 1) * layer.inputs);
        float[] own = Arrays.copyOfRange(together, r * layer.outputs, (r + 1) * layer.outputs);
        assertThat(own).as("row %d of %d", r, rows).isEqualTo(layer.rows(row, 1));
      }
    }
  }

  /** The nearest number whose lower 16 bits are zeros, of two the one with an even upper half. */
  private static float nearest(float value) {
    if (Float.isNaN(value) || Float.isInfinite(value)) {
      return value;
    }
    int below = Float.floatToRawIntBits(Math.abs(value)) & 0xFFFF0000;
    int above = below + 0x10000;
    double low = Float.intBitsToFloat(below);
    // Where the next one is an infinity, what it would be with one more power of two.
    double high = above == 0x7F800000 ? 0x1p128 : Float.intBitsToFloat(above);
    double toLow = Math.abs(value) - low;
    double toHigh = high - Math.abs(value);
    boolean isLow = toLow < toHigh || (toLow == toHigh && (below & 0x10000) == 0);
    return Math.copySign(Float.intBitsToFloat(isLow ? below : above), value);
  }

  private static float[] values(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Weights as they were given, and packed however few. */
  private static final class Layer {
    private final int inputs;
    private final int outputs;
    private final boolean outputsFirst;
    private final float[] weights;
    private final float[] vectors;
    private final DenseProduct product;

    private Layer(Random random, int inputs, int outputs) {
      this.inputs = inputs;
      this.outputs = outputs;
      outputsFirst = random.nextBoolean();
      int offset = 3;
      weights = values(random, offset + inputs * outputs);
      int padded = ChannelBlocks.padded(outputs);
      vectors = new float[2 * padded];
      System.arraycopy(values(random, outputs), 0, vectors, 0, outputs);
      System.arraycopy(values(random, outputs), 0, vectors, padded, outputs);
      product =
          new DenseProduct(
              BFloat16Panels.of(weights, offset, outputs, inputs, outputsFirst), inputs);
    }

    private float weight(int output, int input) {
      return weights[3 + (outputsFirst ? output * inputs + input : input * outputs + output)];
    }

    private float[] rows(float[] x, int rows) {
      float[] y = new float[rows * outputs];
      run(x, false, y, false, rows);
      return y;
    }

    private void run(float[] x, boolean xInBlocks, float[] y, boolean yInBlocks, int rows) {
      int padded = ChannelBlocks.padded(outputs);
      Epilogue epilogue = new Epilogue(vectors, 0, padded, 0, Activation.IDENTITY, null, 0);
      product.forward(x, 0, xInBlocks, y, 0, yInBlocks, rows, epilogue, Memory.heap());
    }
  }
}
