package io.norma.kernel.compute.matrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Simd;
import io.norma.kernel.compute.blocks.RowBlocks;
import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.tensor.Memory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DenseProductTest {
  private static final Activation TANH = new Activation(Activation.Function.TANH, 0, 0);

  private final Random random = new Random(11);

  @BeforeEach
  void computesOnVectorsAlone() {
    Assumptions.assumeTrue(Simd.isAvailable(), "dense layers are packed for vectors alone");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 37, 20",
    "1, 784, 512",
    "2, 16, 33",
    "7, 50, 64",
    "8, 17, 10",
    "13, 40, 96",
    "15, 33, 48",
    "16, 16, 32",
    "64, 100, 80",
    "115, 20, 40",
    "240, 9, 5"
  })
  void multipliesAsTheFormulaSays(int rows, int inputs, int outputs) {
    for (Activation activation : new Activation[] {Activation.RELU, TANH}) {
      Layer layer = new Layer(inputs, outputs, activation, false);
      float[] x = values(rows * inputs);
      float[] y = layer.rows(x, rows);
      double[] expected = layer.expected(x, rows);
      double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
      for (int i = 0; i < y.length; i++) {
        assertThat((double) y[i]).isCloseTo(expected[i], within(2e-5 * largest));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7, 8, 12, 14, 15, 16, 17, 64, 113, 130})
  void givesARowTheSameBitsInAnyBatch(int rows) {
    Layer layer = new Layer(53, 72, Activation.RELU, false);
    float[] x = values(rows * 53);
    float[] together = layer.rows(x, rows);
    for (int r = 0; r < rows; r++) {
      float[] alone = layer.rows(Arrays.copyOfRange(x, r * 53, (r + 1) * 53), 1);
      assertThat(Arrays.copyOfRange(together, r * 72, (r + 1) * 72)).isEqualTo(alone);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 64, 150})
  void passesRowsOnInBlocks(int rows) {
    Layer first = new Layer(30, 50, Activation.RELU, false);
    Layer second = new Layer(50, 10, TANH, true);
    float[] x = values(rows * 30);
    float[] blocks = new float[RowBlocks.length(rows, 50)];
    float[] y = new float[rows * 10];
    first.run(x, false, blocks, true, rows);
    second.run(blocks, true, y, false, rows);
    assertThat(y).isEqualTo(second.rows(first.rows(x, rows), rows));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 16, 120})
  void finishesEachRowWithItsOwnVectors(int rows) {
    Layer layer = new Layer(21, 40, Activation.RELU, false);
    float[] vectors = values(rows * 96);
    float[] x = values(rows * 21);
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
  void readsLargeWeightsFromEitherEndToTheSameBits() {
    Layer layer = new Layer(300, 270, Activation.RELU, true);
    float[] x = values(300);
    float[] forwards = layer.rows(x, 1);
    assertThat(layer.rows(x, 1)).isEqualTo(forwards);
    assertThat(layer.rows(x, 1)).isEqualTo(forwards);
  }

  private float[] values(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Weights as they were given, and packed. */
  private final class Layer {
    private final int inputs;
    private final int outputs;
    private final Activation activation;
    private final boolean outputsFirst;
    private final float[] weights;
    private final float[] vectors;
    private final DenseProduct product;

    private Layer(int inputs, int outputs, Activation activation, boolean outputsFirst) {
      this.inputs = inputs;
      this.outputs = outputs;
      this.activation = activation;
      this.outputsFirst = outputsFirst;
      weights = values(inputs * outputs);
      int padded = ChannelBlocks.padded(outputs);
      vectors = new float[2 * padded];
      System.arraycopy(values(outputs), 0, vectors, 0, outputs);
      System.arraycopy(values(outputs), 0, vectors, padded, outputs);
      product = new DenseProduct(weights, 0, outputs, inputs, outputsFirst);
    }

    private float[] rows(float[] x, int rows) {
      float[] y = new float[rows * outputs];
      run(x, false, y, false, rows);
      return y;
    }

    private void run(float[] x, boolean xInBlocks, float[] y, boolean yInBlocks, int rows) {
      int padded = ChannelBlocks.padded(outputs);
      Epilogue epilogue = new Epilogue(vectors, 0, padded, 0, activation, null, 0);
      product.forward(x, 0, xInBlocks, y, 0, yInBlocks, rows, epilogue, Memory.heap());
    }

    private double[] expected(float[] x, int rows) {
      double[] y = new double[rows * outputs];
      int shift = ChannelBlocks.padded(outputs);
      for (int i = 0; i < y.length; i++) {
        int m = i % outputs;
        double sum = 0;
        for (int k = 0; k < inputs; k++) {
          double w = weights[outputsFirst ? m * inputs + k : k * outputs + m];
          sum += w * x[i / outputs * inputs + k];
        }
        double v = vectors[m] * sum + vectors[shift + m];
        y[i] = activation.isClamp() ? Math.max(0, v) : Math.tanh(v);
      }
      return y;
    }
  }
}
