package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.support.GateActivation;
import io.norma.kernel.layer.support.GateActivation.Function;
import io.norma.kernel.layer.support.Recurrence;
import io.norma.kernel.layer.support.Recurrence.Direction;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class LstmTest {
  private static final int STEPS = 4;
  private static final int BATCH = 3;
  private static final int INPUT = 5;
  private static final int HIDDEN = 7;
  private static final int[] LENGTHS = {4, 2, 3};

  @ParameterizedTest
  @EnumSource(Direction.class)
  void agreesWithItsEquations(Direction direction) {
    int directions = direction == Direction.BIDIRECTIONAL ? 2 : 1;
    Tensor x = random(1, STEPS, BATCH, INPUT);
    Tensor w = random(2, directions, 4 * HIDDEN, INPUT);
    Tensor r = random(3, directions, 4 * HIDDEN, HIDDEN);
    Tensor b = random(4, directions, 8 * HIDDEN);
    Tensor lengths = Tensor.of(Shape.of(BATCH), LENGTHS);
    Tensor h = random(5, directions, BATCH, HIDDEN);
    Tensor c = random(6, directions, BATCH, HIDDEN);
    Tensor peepholes = random(7, directions, 3 * HIDDEN);
    List<Tensor> results =
        assertThatLayer(lstm(direction, false), x, w, r, b, lengths, h, c, peepholes).outputs();
    for (int d = 0; d < directions; d++) {
      boolean reverse = direction == Direction.REVERSE || d == 1;
      for (int n = 0; n < BATCH; n++) {
        double[] hidden = column(h, d, n);
        double[] cell = column(c, d, n);
        for (int s = 0; s < LENGTHS[n]; s++) {
          int t = reverse ? LENGTHS[n] - 1 - s : s;
          double[][] gates = new double[4][HIDDEN];
          for (int row = 0; row < 4 * HIDDEN; row++) {
            double sum =
                b.getDouble(d * 8 * HIDDEN + row) + b.getDouble(d * 8 * HIDDEN + 4 * HIDDEN + row);
            for (int i = 0; i < INPUT; i++) {
              sum +=
                  w.getDouble((d * 4 * HIDDEN + row) * INPUT + i)
                      * x.getDouble((t * BATCH + n) * INPUT + i);
            }
            for (int i = 0; i < HIDDEN; i++) {
              sum += r.getDouble((d * 4 * HIDDEN + row) * HIDDEN + i) * hidden[i];
            }
            gates[row / HIDDEN][row % HIDDEN] = sum;
          }
          for (int j = 0; j < HIDDEN; j++) {
            int p = d * 3 * HIDDEN + j;
            double in = sigmoid(gates[0][j] + peepholes.getDouble(p) * cell[j]);
            double forget = sigmoid(gates[2][j] + peepholes.getDouble(p + 2 * HIDDEN) * cell[j]);
            cell[j] = forget * cell[j] + in * Math.tanh(gates[3][j]);
            double out = sigmoid(gates[1][j] + peepholes.getDouble(p + HIDDEN) * cell[j]);
            hidden[j] = out * Math.tanh(cell[j]);
            assertThat(
                    results.getFirst().getDouble(((t * directions + d) * BATCH + n) * HIDDEN + j))
                .isCloseTo(hidden[j], within(1e-5));
          }
        }
        for (int t = LENGTHS[n]; t < STEPS; t++) {
          int place = ((t * directions + d) * BATCH + n) * HIDDEN;
          assertThat(results.getFirst().getDouble(place)).isZero();
        }
        for (int j = 0; j < HIDDEN; j++) {
          int place = (d * BATCH + n) * HIDDEN + j;
          assertThat(results.get(1).getDouble(place)).isCloseTo(hidden[j], within(1e-5));
          assertThat(results.get(2).getDouble(place)).isCloseTo(cell[j], within(1e-5));
        }
      }
    }
  }

  @Test
  void givesTheSameWithTheBatchFirst() {
    Tensor x = random(1, STEPS, BATCH, INPUT);
    Tensor w = random(2, 1, 4 * HIDDEN, INPUT);
    Tensor r = random(3, 1, 4 * HIDDEN, HIDDEN);
    Tensor turned = Tensor.zeros(DataType.FP32, Shape.of(BATCH, STEPS, INPUT));
    for (int i = 0; i < x.size(); i++) {
      int t = i / (BATCH * INPUT);
      int n = i / INPUT % BATCH;
      turned.setDouble((n * STEPS + t) * INPUT + i % INPUT, x.getDouble(i));
    }
    Tensor timeFirst = assertThatLayer(lstm(Direction.FORWARD, false), x, w, r).output();
    Tensor batchFirst = assertThatLayer(lstm(Direction.FORWARD, true), turned, w, r).output();
    assertThat(batchFirst.shape()).isEqualTo(Shape.of(BATCH, STEPS, 1, HIDDEN));
    for (int i = 0; i < timeFirst.size(); i++) {
      int t = i / (BATCH * HIDDEN);
      int n = i / HIDDEN % BATCH;
      assertThat(batchFirst.getDouble((n * STEPS + t) * HIDDEN + i % HIDDEN))
          .isEqualTo(timeFirst.getDouble(i));
    }
  }

  @Test
  void namesWeightsThatDoNotFit() {
    assertThatLayer(
            lstm(Direction.FORWARD, false),
            random(1, STEPS, BATCH, INPUT),
            random(2, 1, 4 * HIDDEN, INPUT + 1),
            random(3, 1, 4 * HIDDEN, HIDDEN))
        .refuses("weights", "[1,28,5]", "[1,28,6]");
  }

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  static double[] column(Tensor states, int direction, int n) {
    double[] column = new double[HIDDEN];
    for (int j = 0; j < HIDDEN; j++) {
      column[j] = states.getDouble((direction * BATCH + n) * HIDDEN + j);
    }
    return column;
  }

  private static Lstm lstm(Direction direction, boolean batchFirst) {
    List<GateActivation> activations = new ArrayList<>();
    for (int d = 0; d < (direction == Direction.BIDIRECTIONAL ? 2 : 1); d++) {
      activations.add(GateActivation.of(Function.SIGMOID));
      activations.add(GateActivation.of(Function.TANH));
      activations.add(GateActivation.of(Function.TANH));
    }
    return new Lstm(
        new Recurrence(direction, batchFirst, 0, activations, Double.POSITIVE_INFINITY), false);
  }
}
