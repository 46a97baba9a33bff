package io.norma.runningstatistics.certificate;

import io.norma.inference.ClassScores;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Sums over rows that were answered by an estimate, by its two halves, and by the statistics that
 * it starts from.
 *
 * @param from samples that the calibration had when the first of these rows came
 * @param rows N
 * @param splitRows rows that were answered by the halves, too
 * @param disagreements of those, rows with different answers by the first and by the second half
 * @param changed rows with other answers than by the source
 * @param confidence sum of the estimate's
 * @param sourceConfidence sum of the source's
 * @param counts per class the rows whose answer it is, by the estimate
 */
@JsonNaming(SnakeCaseStrategy.class)
public record ProbeTally(
    long from,
    long rows,
    long splitRows,
    long disagreements,
    long changed,
    double confidence,
    double sourceConfidence,
    long[] counts) {
  /**
   * Of one batch.
   *
   * @param halves by the first and by the second half; {@code null} while they have no variances
   */
  static ProbeTally of(
      long from, ClassScores estimate, ClassScores source, @Nullable Halves halves) {
    long[] counts = new long[estimate.classes()];
    long changed = 0;
    long disagreements = 0;
    double confidence = 0;
    double sourceConfidence = 0;
    int rows = estimate.answers().length;
    for (int row = 0; row < rows; row++) {
      int answer = estimate.answers()[row];
      counts[answer]++;
      changed += answer == source.answers()[row] ? 0 : 1;
      confidence += estimate.confidences()[row];
      sourceConfidence += source.confidences()[row];
      disagreements +=
          halves == null || halves.first().answers()[row] == halves.second().answers()[row] ? 0 : 1;
    }
    return new ProbeTally(
        from,
        rows,
        halves == null ? 0 : rows,
        disagreements,
        changed,
        confidence,
        sourceConfidence,
        counts);
  }

  /** Answers by the two halves. */
  record Halves(ClassScores first, ClassScores second) {}

  /** This with other rows; those of another number of classes replace it. */
  ProbeTally plus(ProbeTally other) {
    if (other.counts.length != counts.length) {
      return other;
    }
    long[] sums = counts.clone();
    for (int k = 0; k < sums.length; k++) {
      sums[k] += other.counts[k];
    }
    return new ProbeTally(
        Math.min(from, other.from),
        rows + other.rows,
        splitRows + other.splitRows,
        disagreements + other.disagreements,
        changed + other.changed,
        confidence + other.confidence,
        sourceConfidence + other.sourceConfidence,
        sums);
  }

  /**
   * How many classes the answers spread over: exp of their entropy, from 1 to K. All alike count as
   * one, all equally frequent as K.
   */
  double effectiveClasses() {
    double entropy = 0;
    for (long count : counts) {
      if (count > 0) {
        double share = (double) count / rows;
        entropy -= share * Math.log(share);
      }
    }
    return Math.exp(entropy);
  }
}
