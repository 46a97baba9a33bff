package io.norma.references;

import io.norma.inference.InferenceService;
import io.norma.inference.NormalizationSelector.Selection;
import io.norma.models.ModelLifecycle;
import io.norma.models.ModelRepository;
import io.norma.models.References;
import io.norma.models.ServedModel;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.VirtualNormalizations;
import io.norma.network.run.ExecutionPlan;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import io.norma.store.IdempotencyKey;
import io.norma.store.KeyedChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Measures what a network's layers put out on clean batches. Where an exporter folded its batch
 * normalizations away, virtual ones stand in for them from then on, which change nothing until
 * other running statistics are used.
 */
public final class ReferenceService {
  private final ModelRepository repository;
  private final ModelLifecycle lifecycle;
  private final InferenceService inference;
  private final ReferenceStore store;

  public ReferenceService(
      ModelRepository repository,
      ModelLifecycle lifecycle,
      InferenceService inference,
      ReferenceStore store) {
    this.repository = repository;
    this.lifecycle = lifecycle;
    this.inference = inference;
    this.store = store;
  }

  /** The references of the network that is served under a name. */
  public record Of(NetworkIdentity network, References references, List<String> layerNames) {}

  /**
   * A batch that was added.
   *
   * @param repeated whether it had been added before, under the same key
   */
  public record Added(Of references, boolean repeated) {}

  /**
   * Adds a batch; when this returns it is part of the references for good, and the network is
   * served with the batch normalizations that they make.
   *
   * @param layers names of the convolutions and dense layers that get one; if none is named, those
   *     of the batches before, or those that lost one in all likelihood
   * @param key under which the batch counts once only
   * @throws ServingException if the batch does not fit the model, no batch normalization can stand
   *     behind a layer, or running statistics depend on the references already
   */
  public Added add(
      String model,
      @Nullable Long version,
      InferenceRequest batch,
      List<String> layers,
      @Nullable String key) {
    ServedModel served = repository.get(model, version);
    NetworkIdentity identity = served.identity();
    KeyedChange change = IdempotencyKey.of(key, batch);
    if (change != null && store.isKnown(identity, change)) {
      return new Added(get(served), true);
    }
    References measured;
    List<String> names;
    try (ServedModel.Use _ = served.use()) {
      measured = measure(served, batch, layers);
      names = measured.layerNames(served.imported().network());
    }
    requireEnough(served, measured);
    ReferenceStore.Merge merge = store.merge(identity, measured, names, change);
    lifecycle.renew(identity);
    return new Added(new Of(identity, merge.references(), names), merge.repeated());
  }

  private References measure(ServedModel served, InferenceRequest batch, List<String> named) {
    Network network = served.imported().network();
    List<String> nodes = new ArrayList<>(named);
    if (nodes.isEmpty()) {
      store.find(served.identity()).ifPresent(known -> nodes.addAll(known.layers().keySet()));
    }
    boolean isChosen = nodes.isEmpty();
    if (isChosen) {
      nodes.addAll(VirtualNormalizations.candidates(network));
    }
    Network with = insert(served, network, nodes);
    ReferenceMoments moments = new ReferenceMoments(network, with, nodes);
    ExecutionPlan plan = ExecutionPlan.compileForObservation(with);
    Normalization frozen = new Normalization.Frozen(plan.bind(with.runningStatistics()));
    inference.run(served, batch, new Selection(_ -> plan, frozen, moments, Map.of()));
    References measured = moments.references(served.rows(batch), isChosen);
    if (measured.layers().isEmpty()) {
      throw new ServingException.Invalid(
          "model '%s' version %d has no convolution or dense layer that seems to have lost a batch normalization: one with a bias, followed by an activation, an addition or a pooling; name layers by the query parameter 'layer'"
              .formatted(served.name(), served.version()));
    }
    return measured;
  }

  private static Network insert(ServedModel served, Network network, List<String> nodes) {
    try {
      return VirtualNormalizations.insert(network, nodes);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid(
          "model '%s' version %d: %s".formatted(served.name(), served.version(), e.getMessage()),
          e);
    }
  }

  /** One value per channel has no variance. */
  private static void requireEnough(ServedModel served, References measured) {
    measured
        .layers()
        .forEach((node, moments) -> {
          if (moments.count() < 2) {
            throw new ServingException.Invalid(
                "layer '%s' of model '%s' version %d has %d value per channel in this batch; at least 2 are needed: send more rows"
                    .formatted(node, served.name(), served.version(), moments.count()));
          }
        });
  }

  /**
   * What there is.
   *
   * @throws ServingException.NotFound if there are none
   */
  public Of get(String model, @Nullable Long version) {
    return get(repository.get(model, version));
  }

  private Of get(ServedModel served) {
    Optional<References> found = store.find(served.identity());
    return found
        .map(references ->
            new Of(
                served.identity(), references, references.layerNames(served.imported().network())))
        .orElseThrow(() -> none(served));
  }

  /**
   * Forgets the references, and serves the network as it is in its file.
   *
   * @throws ServingException.NotFound if there are none
   */
  public void delete(String model, @Nullable Long version) {
    ServedModel served = repository.get(model, version);
    Of there = get(served);
    if (!store.delete(served.identity(), there.layerNames())) {
      throw none(served);
    }
    lifecycle.renew(served.identity());
  }

  private static ServingException none(ServedModel served) {
    return new ServingException.NotFound(
        "model '%s' version %d has no references; post clean batches to make them"
            .formatted(served.name(), served.version()));
  }
}
