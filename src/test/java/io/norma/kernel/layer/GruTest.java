package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.support.GateActivation;
import io.norma.kernel.layer.support.GateActivation.Function;
import io.norma.kernel.layer.support.Recurrence;
import io.norma.kernel.layer.support.Recurrence.Direction;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GruTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void agreesWithItsEquations(boolean linearBeforeReset) {
    int steps = 3;
    int batch = 2;
    int input = 3;
    int size = 5;
    Tensor x = random(1, steps, batch, input);
    Tensor w = random(2, 1, 3 * size, input);
    Tensor r = random(3, 1, 3 * size, size);
    Tensor b = random(4, 1, 6 * size);
    Gru gru =
        new Gru(
            recurrence(
                Double.POSITIVE_INFINITY,
                GateActivation.of(Function.SIGMOID),
                GateActivation.of(Function.TANH)),
            linearBeforeReset);
    List<Tensor> results = assertThatLayer(gru, x, w, r, b).outputs();
    for (int n = 0; n < batch; n++) {
      double[] hidden = new double[size];
      for (int t = 0; t < steps; t++) {
        double[] next = new double[size];
        double[] reset = new double[size];
        for (int j = 0; j < size; j++) {
          reset[j] =
              LstmTest.sigmoid(wx(w, x, b, size + j, t * batch + n) + rh(r, b, size + j, hidden));
        }
        for (int j = 0; j < size; j++) {
          double z = LstmTest.sigmoid(wx(w, x, b, j, t * batch + n) + rh(r, b, j, hidden));
          double[] kept = new double[size];
          for (int i = 0; i < size; i++) {
            kept[i] = reset[i] * hidden[i];
          }
          double recurrent =
              linearBeforeReset
                  ? reset[j] * rh(r, b, 2 * size + j, hidden)
                  : rh(r, b, 2 * size + j, kept);
          double candidate = Math.tanh(wx(w, x, b, 2 * size + j, t * batch + n) + recurrent);
          next[j] = (1 - z) * candidate + z * hidden[j];
        }
        hidden = next;
        for (int j = 0; j < size; j++) {
          assertThat(results.getFirst().getDouble((t * batch + n) * size + j))
              .isCloseTo(hidden[j], within(1e-5));
        }
      }
    }
  }

  private static double wx(Tensor w, Tensor x, Tensor b, int row, int place) {
    int input = w.shape().dimension(2);
    double sum = b.getDouble(row);
    for (int i = 0; i < input; i++) {
      sum += w.getDouble(row * input + i) * x.getDouble(place * input + i);
    }
    return sum;
  }

  private static double rh(Tensor r, Tensor b, int row, double[] hidden) {
    double sum = b.getDouble(3 * hidden.length + row);
    for (int i = 0; i < hidden.length; i++) {
      sum += r.getDouble(row * hidden.length + i) * hidden[i];
    }
    return sum;
  }

  @Test
  void clipsWhatGoesIntoTheActivation() {
    SimpleRecurrent layer =
        new SimpleRecurrent(recurrence(0.5, new GateActivation(Function.AFFINE, 2, 1)));
    assertThatLayer(
            layer,
            Tensor.of(Shape.of(2, 1, 1), 100f, -0.25f),
            Tensor.of(Shape.of(1, 1, 1), 1f),
            Tensor.of(Shape.of(1, 1, 1), 0f))
        .gives(Tensor.of(Shape.of(2, 1, 1, 1), 2f, 0.5f), Tensor.of(Shape.of(1, 1, 1), 0.5f));
  }

  @Test
  void needsTwoActivations() {
    assertThatThrownBy(() -> new Gru(recurrence(1, GateActivation.of(Function.TANH)), false))
        .hasMessageContaining("expected 2 activations");
  }

  private static Recurrence recurrence(double clip, GateActivation... activations) {
    return new Recurrence(Direction.FORWARD, false, 0, List.of(activations), clip);
  }
}
