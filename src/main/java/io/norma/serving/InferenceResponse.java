package io.norma.serving;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's answer.
 *
 * @param parameters what was used to compute it, such as the running statistics
 * @param receipt by which it can be computed again; {@code null} where nobody asked for one
 */
public record InferenceResponse(
    String model,
    long version,
    @Nullable String id,
    Map<String, Object> parameters,
    List<NamedTensor> outputs,
    @Nullable Receipt receipt) {
  /** Without a receipt. */
  public InferenceResponse(
      String model,
      long version,
      @Nullable String id,
      Map<String, Object> parameters,
      List<NamedTensor> outputs) {
    this(model, version, id, parameters, outputs, null);
  }
}
