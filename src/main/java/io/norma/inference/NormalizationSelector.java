package io.norma.inference;

import io.norma.models.ServedModel;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Decides how the batch normalizations of one request normalize. */
public interface NormalizationSelector {
  /**
   * Chooses by the request's parameters.
   *
   * @throws ServingException if the parameters make no sense or name what is not there
   */
  Selection select(ServedModel model, InferenceRequest request);

  /**
   * What one request runs with.
   *
   * @param plan of the model, asked for when it runs: {@link ServedModel#plan()}, or {@link
   *     ServedModel#observationPlan()} where values before a batch normalization are needed
   * @param observer sees this very run, on the plan compiled for observation
   * @param watcher sees the same inference run once more beside it, if there is time
   * @param used named in the response's parameters, by name: all processes give the same bytes
   */
  record Selection(
      Function<ServedModel, ExecutionPlan> plan,
      Normalization normalization,
      ExecutionObserver observer,
      ExecutionObserver watcher,
      Map<String, Object> used) {
    public Selection {
      used = Collections.unmodifiableMap(new TreeMap<>(used));
    }

    /** Nobody watches. */
    public Selection(
        Function<ServedModel, ExecutionPlan> plan,
        Normalization normalization,
        ExecutionObserver observer,
        Map<String, Object> used) {
      this(plan, normalization, observer, ExecutionObserver.NONE, used);
    }

    boolean isWatched() {
      return !watcher.equals(ExecutionObserver.NONE);
    }
  }
}
