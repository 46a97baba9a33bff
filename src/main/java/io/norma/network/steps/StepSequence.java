package io.norma.network.steps;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Steps one after another within a step: what a fused one falls back on.
 *
 * @param input the one value that they read and neither make nor find among the constants
 */
public record StepSequence(String input, List<Step> steps, Map<String, Tensor> constants) {
  /** The first output of the last step. */
  Tensor run(Tensor x, Run run) {
    Map<String, Tensor> values = new HashMap<>(Map.of(input, x));
    Tensor last = x;
    for (Step step : steps) {
      @Nullable Tensor[] arguments =
          step.inputs().stream()
              .map(name -> values.containsKey(name) ? values.get(name) : constants.get(name))
              .toArray(Tensor[]::new);
      last = (Tensor) step.execute(Inputs.of(arguments), run).getFirst();
      values.put(step.outputs().getFirst(), last);
    }
    return last;
  }
}
