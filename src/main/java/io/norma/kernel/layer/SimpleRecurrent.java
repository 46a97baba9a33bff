package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Recurrence;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Simple recurrent layer: {@code h_t = f(W·x_t + R·h_(t−1) + b_W + b_R)}.
 *
 * <p>Inputs, FP32: x (T, N, I); w (directions, H, I); r (directions, H, H); b (directions, 2H),
 * optional; sequence lengths (N), optional; initial h (directions, N, H), optional. Outputs: y (T,
 * directions, N, H), 0 behind the end of a sequence; last h (directions, N, H). Source: Elman 1990;
 * ONNX {@code RNN}.
 */
public record SimpleRecurrent(Recurrence recurrence) implements Layer {
  /**
   * @throws IllegalArgumentException if there is not one activation per direction
   */
  public SimpleRecurrent {
    recurrence.requireActivations(1);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    RecurrentPass pass = new RecurrentPass(recurrence, 1, inputs, memory);
    return pass.run(
        inputs.optional(5),
        null,
        false,
        direction -> {
          pass.fillWithBiases(direction, 0, 1);
          pass.addInput(direction, 0, 1);
          pass.addRecurrent(direction, 0, 1, pass.hidden, pass.gates, 0);
          for (int i = 0; i < pass.nextHidden.length; i++) {
            pass.nextHidden[i] = (float) recurrence.activate(direction, 0, pass.gates[i]);
          }
        });
  }
}
