package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Recurrence;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Long short-term memory:
 *
 * <pre>
 * i = f(W_i·x + R_i·h + P_i ⊙ c + b_Wi + b_Ri)
 * u = f(W_f·x + R_f·h + P_f ⊙ c + b_Wf + b_Rf), or 1 − i
 * c′ = u ⊙ c + i ⊙ g(W_c·x + R_c·h + b_Wc + b_Rc)
 * o = f(W_o·x + R_o·h + P_o ⊙ c′ + b_Wo + b_Ro)
 * h′ = o ⊙ k(c′)
 * </pre>
 *
 * <p>Inputs, FP32: x (T, N, I); w (directions, 4H, I) and r (directions, 4H, H), gates in the order
 * i, o, f, c; b (directions, 8H), optional; sequence lengths (N), optional; initial h and initial c
 * (directions, N, H), optional; peepholes P (directions, 3H) in the order i, o, f, optional.
 * Outputs: y (T, directions, N, H), 0 behind the end of a sequence; last h and last c (directions,
 * N, H). Source: Gers et al. 2002, section 2; ONNX {@code LSTM}.
 *
 * @param couplesInputAndForget whether the forget gate is {@code 1 − i}
 */
public record Lstm(Recurrence recurrence, boolean couplesInputAndForget) implements Layer {
  /**
   * @throws IllegalArgumentException if there are not three activations per direction
   */
  public Lstm {
    recurrence.requireActivations(3);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    RecurrentPass pass = new RecurrentPass(recurrence, 4, inputs, memory);
    Tensor peepholes = inputs.optional(7);
    if (peepholes != null) {
      RecurrentPass.require("peepholes", peepholes, recurrence.directions(), 3 * pass.hiddenSize);
    }
    return pass.run(
        inputs.optional(5),
        inputs.optional(6),
        true,
        direction -> step(pass, direction, peepholes));
  }

  private void step(RecurrentPass pass, int direction, @Nullable Tensor peepholes) {
    int size = pass.hidden.length;
    float[] gates = pass.gates;
    pass.fillWithBiases(direction, 0, 4);
    pass.addInput(direction, 0, 4);
    pass.addRecurrent(direction, 0, 4, pass.hidden, gates, 0);
    for (int e = 0; e < size; e++) {
      int j = e / pass.batch;
      double c = pass.cell[e];
      double i =
          recurrence.activate(
              direction, 0, gates[e] + peephole(peepholes, direction, 0, j, pass) * c);
      double forget =
          couplesInputAndForget
              ? 1 - i
              : recurrence.activate(
                  direction,
                  0,
                  gates[2 * size + e] + peephole(peepholes, direction, 2, j, pass) * c);
      double next = forget * c + i * recurrence.activate(direction, 1, gates[3 * size + e]);
      double o =
          recurrence.activate(
              direction, 0, gates[size + e] + peephole(peepholes, direction, 1, j, pass) * next);
      pass.nextCell[e] = (float) next;
      pass.nextHidden[e] = (float) (o * recurrence.activate(direction, 2, next));
    }
  }

  private static double peephole(
      @Nullable Tensor peepholes, int direction, int gate, int j, RecurrentPass pass) {
    return peepholes == null
        ? 0
        : peepholes.getDouble((direction * 3 + gate) * pass.hiddenSize + j);
  }
}
