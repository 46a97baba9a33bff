package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Recurrence;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Gated recurrent unit:
 *
 * <pre>
 * z = f(W_z·x + R_z·h + b_Wz + b_Rz)
 * r = f(W_r·x + R_r·h + b_Wr + b_Rr)
 * n = g(W_h·x + R_h·(r ⊙ h) + b_Wh + b_Rh), or g(W_h·x + r ⊙ (R_h·h + b_Rh) + b_Wh)
 * h′ = (1 − z) ⊙ n + z ⊙ h
 * </pre>
 *
 * <p>Inputs, FP32: x (T, N, I); w (directions, 3H, I) and r (directions, 3H, H), gates in the order
 * z, r, h; b (directions, 6H), optional; sequence lengths (N), optional; initial h (directions, N,
 * H), optional. Outputs: y (T, directions, N, H), 0 behind the end of a sequence; last h
 * (directions, N, H). Source: Cho et al. 2014, equations 5 to 8; ONNX {@code GRU}.
 *
 * @param linearBeforeReset whether the reset gate is applied behind the product with R_h, as
 *     PyTorch and cuDNN do
 */
public record Gru(Recurrence recurrence, boolean linearBeforeReset) implements Layer {
  /**
   * @throws IllegalArgumentException if there are not two activations per direction
   */
  public Gru {
    recurrence.requireActivations(2);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    RecurrentPass pass = new RecurrentPass(recurrence, 3, inputs, memory);
    float[] reset = new float[pass.hidden.length];
    float[] candidate = new float[pass.hidden.length];
    return pass.run(
        inputs.optional(5), null, false, direction -> step(pass, direction, reset, candidate));
  }

  private void step(RecurrentPass pass, int direction, float[] reset, float[] candidate) {
    int size = pass.hidden.length;
    float[] gates = pass.gates;
    pass.fillWithBiases(direction, 0, 2);
    for (int j = 0; j < pass.hiddenSize; j++) {
      int row = 2 * pass.hiddenSize + j;
      int from = j * pass.batch;
      Arrays.fill(
          gates, 2 * size + from, 2 * size + from + pass.batch, pass.bias(direction, row, false));
      Arrays.fill(candidate, from, from + pass.batch, pass.bias(direction, row, true));
    }
    pass.addInput(direction, 0, 3);
    pass.addRecurrent(direction, 0, 2, pass.hidden, gates, 0);
    for (int i = 0; i < size; i++) {
      reset[i] = (float) recurrence.activate(direction, 0, gates[size + i]);
    }
    if (linearBeforeReset) {
      pass.addRecurrent(direction, 2, 1, pass.hidden, candidate, 0);
      for (int i = 0; i < size; i++) {
        candidate[i] *= reset[i];
      }
    } else {
      for (int i = 0; i < size; i++) {
        reset[i] *= pass.hidden[i];
      }
      pass.addRecurrent(direction, 2, 1, reset, candidate, 0);
    }
    for (int i = 0; i < size; i++) {
      double z = recurrence.activate(direction, 0, gates[i]);
      double n = recurrence.activate(direction, 1, gates[2 * size + i] + candidate[i]);
      pass.nextHidden[i] = (float) ((1 - z) * n + z * pass.hidden[i]);
    }
  }
}
