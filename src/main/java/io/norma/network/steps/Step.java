package io.norma.network.steps;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.Value;
import java.util.List;

/** One unit of work of an {@code ExecutionPlan}: a layer, or several fused into one. */
public interface Step {
  /** Names the step in errors. */
  String name();

  /** Names of the values it reads; an empty name for an absent optional input. */
  List<String> inputs();

  /** Names of the values it makes; an empty name for one that nobody asked for. */
  List<String> outputs();

  List<? extends Value> execute(Inputs inputs, Run run);
}
