package io.norma.inference;

import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Decides how the batch normalizations of one request normalize. */
public interface NormalizationSelector {
  /** The parameter that names running statistics, in requests and, if any were used, in answers. */
  String RUNNING_STATISTICS = "running_statistics";

  /** The parameter that says how to normalize, in requests and answers. */
  String NORMALIZATION = "normalization";

  /** The numbers that go with it, in requests and answers. */
  String BLEND = "blend";

  String PRIOR_WEIGHT = "prior_weight";
  String K = "k";

  /** What {@link #PRIOR_WEIGHT} may be told by in requests. */
  String PRIOR_COUNT = "prior_count";

  /** The parameter by which requests that name no running statistics are shared out, if any. */
  String ROUTING_KEY = "routing_key";

  /** The parameter by which requests get running statistics that follow those of their class. */
  String TRAFFIC_CLASS = "traffic_class";

  /**
   * Chooses by the request's parameters.
   *
   * @throws ServingException if the parameters make no sense or name what is not there
   */
  Selection select(ServedModel model, InferenceRequest request);

  /**
   * What the numbers of running statistics are known by, in hexadecimal.
   *
   * @param runningStatistics as an answer's parameters name them
   * @throws ServingException.NotFound if they are no longer there
   */
  String sha256(ServedModel model, String runningStatistics);

  /**
   * What one request runs with.
   *
   * @param plan of the model, asked for when it runs: {@link ServedModel#plan()}, or {@link
   *     ServedModel#observationPlan()} where values before a batch normalization are needed
   * @param observer sees this very run, on the plan compiled for observation
   * @param watcher sees the same inference run once more beside it, if there is time
   * @param comparison sees the outputs and may run the inference again beside the answer, if there
   *     is time; {@code null} for nobody
   * @param guard holds the outputs against those of another selection; {@code null} for nobody
   * @param used named in the response's parameters, by name: all processes give the same bytes
   */
  record Selection(
      Function<ServedModel, ExecutionPlan> plan,
      Normalization normalization,
      ExecutionObserver observer,
      ExecutionObserver watcher,
      @Nullable Comparison comparison,
      @Nullable Guard guard,
      Map<String, Object> used) {
    public Selection {
      used = Collections.unmodifiableMap(new TreeMap<>(used));
    }

    /** Nobody holds it against another. */
    public Selection(
        Function<ServedModel, ExecutionPlan> plan,
        Normalization normalization,
        ExecutionObserver observer,
        ExecutionObserver watcher,
        @Nullable Comparison comparison,
        Map<String, Object> used) {
      this(plan, normalization, observer, watcher, comparison, null, used);
    }

    /** Nobody watches. */
    public Selection(
        Function<ServedModel, ExecutionPlan> plan,
        Normalization normalization,
        ExecutionObserver observer,
        Map<String, Object> used) {
      this(plan, normalization, observer, ExecutionObserver.NONE, null, used);
    }

    /** The same, held against another. */
    public Selection guardedBy(Guard by) {
      return new Selection(plan, normalization, observer, watcher, comparison, by, used);
    }

    public boolean isFrozen() {
      return normalization instanceof Normalization.Frozen;
    }

    boolean isWatched() {
      return !watcher.equals(ExecutionObserver.NONE);
    }

    /** The running statistics that are used, {@code null} if it is the batch's own alone. */
    @Nullable String runningStatistics() {
      return (String) used.get(RUNNING_STATISTICS);
    }
  }

  /** Decides by the outputs which of two selections answers a request. */
  interface Guard {
    /** The other one; {@code null} to see the outputs of the first alone. */
    @Nullable Selection other();

    /**
     * Whether the other one answers.
     *
     * @param others its outputs; {@code null} where there is no other one
     */
    boolean prefersOther(List<Tensor> inputs, List<Tensor> outputs, @Nullable List<Tensor> others);
  }

  /** Holds the outputs of an inference against others, beside and after the answer. */
  @FunctionalInterface
  interface Comparison {
    /**
     * Called with a compute slot.
     *
     * @param outputs of the network, all of them, in its order
     * @param seed that the inference ran with
     * @param workspace for runs of the model
     */
    void compare(
        List<Tensor> inputs, List<Tensor> outputs, @Nullable Long seed, Workspace workspace);
  }
}
