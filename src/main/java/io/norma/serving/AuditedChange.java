package io.norma.serving;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A change, as the audit tells of it: what was changed, and what it was before and after.
 *
 * @param model whose version was changed; {@code null} for what is of no model
 * @param version {@code null} for what is of no model
 * @param sha256 of the network's bytes; {@code null} where they are not known
 * @param subject what was changed of it: a set, a calibration, a normalizer, a key
 * @param reason in the caller's words
 * @param before short facts by name, in order; empty where there was nothing. No secrets
 * @param after short facts by name, in order; empty where there is nothing any more. No secrets
 */
public record AuditedChange(
    AuditedAction action,
    @Nullable String model,
    @Nullable Long version,
    @Nullable String sha256,
    @Nullable String subject,
    @Nullable String reason,
    Map<String, Object> before,
    Map<String, Object> after) {
  /** Of something that is of no model. */
  public static AuditedChange of(AuditedAction action, String subject) {
    return new AuditedChange(action, null, null, null, subject, null, Map.of(), Map.of());
  }

  /** Of a network. */
  public static AuditedChange of(AuditedAction action, NetworkIdentity network) {
    return new AuditedChange(
        action,
        network.model(),
        network.version(),
        network.sha256(),
        null,
        null,
        Map.of(),
        Map.of());
  }

  public AuditedChange subject(String changed) {
    return new AuditedChange(action, model, version, sha256, changed, reason, before, after);
  }

  public AuditedChange reason(@Nullable String given) {
    return new AuditedChange(action, model, version, sha256, subject, given, before, after);
  }

  /** With what it was. */
  public AuditedChange before(Map<String, Object> facts) {
    return new AuditedChange(action, model, version, sha256, subject, reason, facts, after);
  }

  /** With what it is now. */
  public AuditedChange after(Map<String, Object> facts) {
    return new AuditedChange(action, model, version, sha256, subject, reason, before, facts);
  }

  /** One fact. */
  public static Map<String, Object> facts(String name, @Nullable Object value) {
    return facts(name, value, "", null);
  }

  /** Two facts, in this order; one that is {@code null} is left out. */
  public static Map<String, Object> facts(
      String name, @Nullable Object value, String second, @Nullable Object secondValue) {
    Map<String, Object> facts = new LinkedHashMap<>();
    if (value != null) {
      facts.put(name, value);
    }
    if (secondValue != null) {
      facts.put(second, secondValue);
    }
    return facts;
  }
}
