package io.norma.runningstatistics.certificate;

import io.norma.inference.ClassScores;
import io.norma.inference.InferenceService;
import io.norma.inference.NormalizationSelector.Selection;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.models.ServedModel;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import io.norma.serving.InferenceRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers rows by an estimate, its halves and its source, as requests would be answered. */
public final class Probe {
  private final InferenceService inference;

  /** A probe that runs where inferences do. */
  public Probe(InferenceService inference) {
    this.inference = inference;
  }

  /**
   * Statistics that rows are answered by.
   *
   * @param estimate of all rows so far
   * @param first of half of them
   * @param second of the other half; both {@code null} while they have no variances
   * @param source what the calibration began from
   */
  public record Estimates(
      RunningStatistics estimate,
      @Nullable RunningStatistics first,
      @Nullable RunningStatistics second,
      RunningStatistics source) {}

  /**
   * Runs rows by all of them.
   *
   * @param samples that the calibration had before these rows
   * @return {@code null} for a network without class scores
   */
  public @Nullable ProbeTally run(
      ServedModel model, InferenceRequest rows, Estimates estimates, long samples) {
    ClassScores estimate = answers(model, rows, estimates.estimate());
    if (estimate == null) {
      return null;
    }
    ClassScores source = answers(model, rows, estimates.source());
    ClassScores first = estimates.first() == null ? null : answers(model, rows, estimates.first());
    ClassScores second =
        estimates.second() == null ? null : answers(model, rows, estimates.second());
    return source == null
        ? null
        : ProbeTally.of(
            samples,
            estimate,
            source,
            first == null || second == null ? null : new ProbeTally.Halves(first, second));
  }

  private @Nullable ClassScores answers(
      ServedModel model, InferenceRequest rows, RunningStatistics statistics) {
    return ClassScores.of(
        inference.run(
            model,
            rows,
            new Selection(
                ServedModel::plan,
                new Normalization.Frozen(model.bind(statistics)),
                ExecutionObserver.NONE,
                Map.of())),
        model.rows(rows));
  }
}
