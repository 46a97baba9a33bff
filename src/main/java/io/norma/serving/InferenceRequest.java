package io.norma.serving;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One question to a model.
 *
 * @param id the caller's own, echoed in the answer
 * @param parameters what the caller set beside the tensors: text, numbers or truth values
 * @param outputs names of the outputs that are wanted; empty for all
 */
public record InferenceRequest(
    @Nullable String id,
    Map<String, Object> parameters,
    List<NamedTensor> inputs,
    List<String> outputs) {
  /** The parameter by which inputs of another real type than the model's are converted. */
  public static final String CONVERT_INPUTS = "convert_inputs";

  /** The parameter by which random numbers are drawn that the network leaves open. */
  public static final String SEED = "seed";

  /** The parameter that asks for a {@link Receipt}. */
  public static final String RECEIPT = "receipt";

  public InferenceRequest {
    parameters = Map.copyOf(parameters);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** With a parameter that came beside the request, unless it has one of that name itself. */
  public InferenceRequest withDefault(String parameter, Object value) {
    if (parameters.containsKey(parameter)) {
      return this;
    }
    Map<String, Object> all = new HashMap<>(parameters);
    all.put(parameter, value);
    return new InferenceRequest(id, all, inputs, outputs);
  }
}
