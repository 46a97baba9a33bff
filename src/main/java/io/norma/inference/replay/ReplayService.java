package io.norma.inference.replay;

import io.norma.inference.InferenceService;
import io.norma.inference.InferenceService.Trial;
import io.norma.inference.NormalizationSelector;
import io.norma.inference.NormalizationSelector.Selection;
import io.norma.inference.replay.Difference.Part;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.serving.InferenceRequest;
import io.norma.serving.Receipt;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Answers a request once more, by what a receipt names and not by what is active now, and holds
 * what comes out against the receipt. It changes nothing, and counts as no inference.
 */
public final class ReplayService {
  private final ModelRepository repository;
  private final NormalizationSelector selector;
  private final InferenceService inference;

  ReplayService(
      ModelRepository repository, NormalizationSelector selector, InferenceService inference) {
    this.repository = repository;
    this.selector = selector;
    this.inference = inference;
  }

  /**
   * Replays a request.
   *
   * @param version {@code null} for the receipt's
   * @param request of its parameters that say how to normalize, those that contradict the receipt
   *     are told as a difference, and the receipt's hold
   * @throws ServingException if there is no such model, or it is not ready, or the request does not
   *     fit it, or what the receipt says makes no sense
   */
  public Replay replay(
      String model, @Nullable Long version, Receipt receipt, InferenceRequest request) {
    Receipt.Conditions expected = receipt.conditions();
    ServedModel served =
        repository.get(model, version == null ? expected.network().version() : version);
    List<Difference> differences = new ArrayList<>();
    compare(
        differences,
        Part.NETWORK,
        expected.network().sha256(),
        served.identity().sha256(),
        "the SHA-256 of the network");
    Trial trial = null;
    if (differences.stream().noneMatch(each -> each.part() == Part.NETWORK)) {
      trial = trial(served, receipt, request, differences);
    }
    if (trial == null) {
      return new Replay(served.identity(), false, differences);
    }
    differences.addAll(Contradictions.of(served, expected.used(), request));
    boolean worthWhile = compareConditions(differences, receipt, trial);
    if (worthWhile) {
      compareOutputs(differences, receipt, trial);
    }
    return new Replay(served.identity(), worthWhile, differences);
  }

  /** {@code null} if the running statistics are not there. */
  private @Nullable Trial trial(
      ServedModel model, Receipt receipt, InferenceRequest request, List<Difference> differences) {
    Map<String, Object> used = receipt.conditions().used();
    Object statistics = used.get(NormalizationSelector.RUNNING_STATISTICS);
    InferenceRequest asThen = asThen(request, used);
    try {
      return inference.trial(model, asThen, selection(model, asThen));
    } catch (ServingException.NotFound e) {
      differences.add(
          new Difference(
              Part.RUNNING_STATISTICS,
              String.valueOf(statistics),
              null,
              "the running statistics '%s' of the receipt have been deleted since, or were never here: %s"
                  .formatted(statistics, e.getMessage())));
      return null;
    }
  }

  private Selection selection(ServedModel model, InferenceRequest asThen) {
    try {
      return selector.select(model, asThen);
    } catch (ServingException.Invalid e) {
      throw new ServingException.InvalidField(
          "receipt", "'receipt' is none of an inference: " + e.getMessage());
    }
  }

  /** A request that asks for what a receipt says was used. */
  private static InferenceRequest asThen(InferenceRequest request, Map<String, Object> used) {
    Map<String, Object> parameters = new HashMap<>(used);
    Object conversion = request.parameters().get(InferenceRequest.CONVERT_INPUTS);
    if (conversion != null) {
      parameters.put(InferenceRequest.CONVERT_INPUTS, conversion);
    }
    return new InferenceRequest(request.id(), parameters, request.inputs(), request.outputs());
  }

  /**
   * Compares what is known before it runs.
   *
   * @return whether it may come out the same
   */
  private static boolean compareConditions(
      List<Difference> differences, Receipt receipt, Trial trial) {
    Receipt.Conditions expected = receipt.conditions();
    Receipt.Conditions found = trial.conditions();
    boolean same =
        compare(
            differences,
            Part.NETWORK,
            expected.references(),
            found.references(),
            "the SHA-256 of the references of virtual batch normalizations");
    same &=
        compare(
            differences,
            Part.RUNNING_STATISTICS,
            expected.runningStatistics(),
            found.runningStatistics(),
            "the SHA-256 of the running statistics '%s'"
                .formatted(expected.used().get(NormalizationSelector.RUNNING_STATISTICS)));
    same &=
        compare(
            differences,
            Part.INPUTS,
            receipt.inputs(),
            trial.inputs(),
            "the SHA-256 of the inputs");
    // Where these differ, the outputs may be the same: small layers keep their weights, and not
    // every layer shows how it was computed.
    compare(
        differences,
        Part.WEIGHTS,
        expected.weights(),
        found.weights(),
        "the format that weights of dense layers are kept in");
    compare(
        differences,
        Part.ARITHMETIC,
        expected.arithmetic(),
        found.arithmetic(),
        "the family of arithmetic");
    return same;
  }

  private static void compareOutputs(List<Difference> differences, Receipt receipt, Trial trial) {
    Receipt.Conditions expected = receipt.conditions();
    Receipt.Conditions found = trial.conditions();
    boolean same =
        compare(
            differences,
            Part.OUTPUTS,
            receipt.outputs(),
            trial.outputs().get(),
            "the SHA-256 of the outputs");
    // Of functions of Java's library alone, so it says nothing where the outputs are the same.
    if (!same && expected.arithmetic().equals(found.arithmetic())) {
      compare(
          differences,
          Part.ARITHMETIC,
          expected.platform(),
          found.platform(),
          "the platform, whose library may round functions otherwise,");
    }
  }

  private static boolean compare(
      List<Difference> differences,
      Part part,
      @Nullable String expected,
      @Nullable String found,
      String what) {
    if (Objects.equals(expected, found)) {
      return true;
    }
    differences.add(
        new Difference(
            part,
            expected,
            found,
            "%s was %s, and is %s now"
                .formatted(
                    what, expected == null ? "none" : expected, found == null ? "none" : found)));
    return false;
  }
}
