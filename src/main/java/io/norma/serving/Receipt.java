package io.norma.serving;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an answer was computed from, by what, and what came out: enough to compute it again, and to
 * tell whether it is the same to the bit. Hashes are SHA-256 in hexadecimal.
 *
 * @param inputs hash of the tensors that the network read
 * @param outputs hash of the tensors that were answered
 */
public record Receipt(Conditions conditions, String inputs, String outputs) {
  /**
   * What else the bits of an answer depend on.
   *
   * @param references hash of what stands in for batch normalizations that were folded away, absent
   *     where nothing does
   * @param used what the answer's parameters name: the normalization, its numbers and the running
   *     statistics
   * @param runningStatistics hash of their numbers, absent where the batch's own are all
   * @param weights how the weights of dense layers were kept
   * @param arithmetic the family of kernels that ran
   * @param platform the processor's architecture and Java's release; they matter to functions of
   *     Java's library alone
   */
  public record Conditions(
      NetworkIdentity network,
      @Nullable String references,
      Map<String, Object> used,
      @Nullable String runningStatistics,
      String weights,
      String arithmetic,
      String platform) {
    public Conditions {
      used = Collections.unmodifiableMap(new TreeMap<>(used));
    }
  }

  /** By name, in the order in which they are written. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("model", conditions.network().model());
    fields.put("version", Long.toString(conditions.network().version()));
    fields.put("network_sha256", conditions.network().sha256());
    if (conditions.references() != null) {
      fields.put("references_sha256", conditions.references());
    }
    fields.putAll(conditions.used());
    if (conditions.runningStatistics() != null) {
      fields.put("running_statistics_sha256", conditions.runningStatistics());
    }
    fields.put("weights", conditions.weights());
    fields.put("arithmetic", conditions.arithmetic());
    fields.put("platform", conditions.platform());
    fields.put("inputs_sha256", inputs);
    fields.put("outputs_sha256", outputs);
    return fields;
  }
}
