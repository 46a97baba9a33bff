package io.norma.models;

import io.norma.models.ModelRepository.State;
import io.norma.serving.Actor;
import io.norma.serving.AuditedAction;
import io.norma.serving.AuditedChange;
import io.norma.serving.ServingException;
import io.norma.store.AuditTrail;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the audit which versions are served and no longer served. That lies in memory and not in
 * the database: what was loaded is recorded right after, and what is unloaded right before.
 */
final class LifecycleRecords {
  private static final Logger LOG = LoggerFactory.getLogger(LifecycleRecords.class);
  private static final Actor POLLING = Actor.service("directory-poll");

  private final ModelRepository repository;
  private final AuditTrail audit;

  LifecycleRecords(ModelRepository repository, AuditTrail audit) {
    this.repository = repository;
    this.audit = audit;
  }

  /** The versions of a model that answer. */
  record Served(SortedMap<Long, ServedModel> versions) {}

  Served served(String name) {
    SortedMap<Long, ServedModel> served = new TreeMap<>();
    for (long version : repository.versionsOf(name)) {
      if (repository.find(name, version) instanceof State.Ready(ServedModel model)) {
        served.put(version, model);
      }
    }
    return new Served(served);
  }

  /**
   * Records what is to be unloaded.
   *
   * @throws ServingException.NotFound if there is no such model
   */
  void unloading(String name) {
    List<AuditedChange> changes = new ArrayList<>();
    for (long version : repository.versions(name).keySet()) {
      if (repository.find(name, version) instanceof State.Ready(ServedModel model)) {
        changes.add(unloaded(model));
      }
    }
    audit.record(changes);
  }

  private static AuditedChange unloaded(ServedModel model) {
    return AuditedChange.of(AuditedAction.MODEL_UNLOADED, model.identity()).before(facts(model));
  }

  /** Records what a request loaded, and what is served no more since. */
  void loaded(String name, Served before) {
    record(name, changes(name, before, AuditedAction.MODEL_LOADED, AuditedAction.MODEL_UNLOADED));
  }

  /** Records in what a model followed its files. */
  void followed(String name, Served before) {
    List<AuditedChange> changes =
        changes(name, before, AuditedAction.MODEL_FOLLOWED, AuditedAction.MODEL_FOLLOWED);
    POLLING.during(() -> {
      record(name, changes);
      return changes;
    });
  }

  private List<AuditedChange> changes(
      String name, Served before, AuditedAction served, AuditedAction gone) {
    Map<Long, ServedModel> now = served(name).versions();
    TreeSet<Long> versions = new TreeSet<>(now.keySet());
    versions.addAll(before.versions().keySet());
    List<AuditedChange> changes = new ArrayList<>();
    for (long version : versions) {
      ServedModel earlier = before.versions().get(version);
      ServedModel later = now.get(version);
      ServedModel told = later == null ? earlier : later;
      if (told != null && later != earlier) {
        changes.add(
            AuditedChange.of(later == null ? gone : served, told.identity())
                .before(earlier == null ? Map.of() : facts(earlier))
                .after(later == null ? Map.of() : facts(later)));
      }
    }
    return changes;
  }

  private static Map<String, Object> facts(ServedModel model) {
    return AuditedChange.facts(
        "sha256",
        model.identity().sha256(),
        "origin",
        model.origin().name().toLowerCase(Locale.ROOT));
  }

  private void record(String name, List<AuditedChange> changes) {
    try {
      audit.record(changes);
    } catch (RuntimeException e) {
      LOG.error("model {} was changed, and the audit cannot be told: {}", name, changes, e);
      throw new ServingException.Unavailable(
          "model '%s' has been loaded, but that cannot be recorded in the audit, for the database does not answer: load it again once it does"
              .formatted(name),
          e);
    }
  }
}
