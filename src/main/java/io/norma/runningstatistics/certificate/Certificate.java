package io.norma.runningstatistics.certificate;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * What forward passes without labels tell of an estimate of running statistics. It is kept with the
 * revision that comes of the estimate, and with the activations of that revision.
 *
 * @param reasons what speaks against the estimate, the worst first; empty if it is good
 * @param samples rows that it was estimated from
 * @param source what it is held against: the set that the calibration began from
 * @param fewestValues values per channel in the layer that has fewest
 * @param scarceChannels share of the channels that have fewer values than {@link
 *     CertificateSettings#fewestValues} asks for
 * @param probe how the network answers by it; {@code null} for networks without class scores, and
 *     before there was a probe
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Certificate(
    Verdict verdict,
    List<CertificateReason> reasons,
    long samples,
    String source,
    long fewestValues,
    double scarceChannels,
    @Nullable Answers probe,
    List<Layer> layers) {
  /** The reasons for a verdict, in words. */
  public String why(Verdict verdict) {
    return reasons.stream()
        .filter(reason -> reason.verdict() == verdict)
        .map(CertificateReason::message)
        .collect(Collectors.joining("; "));
  }

  /**
   * How a network of classes answers rows by the estimate.
   *
   * @param given whether the rows were sent as a probe; otherwise they are those of the
   *     calibration's latest batches
   * @param rows how many
   * @param splitHalfDisagreement share of the rows with different answers by two estimates from a
   *     half of the calibration's rows each; {@code null} while a half has too few
   * @param confidence mean probability of the answer
   * @param sourceConfidence the same by the source
   * @param changedAnswers share of the rows that the source answers differently
   * @param classes K
   * @param effectiveClasses exp of the entropy of the answers, from 1 to K
   * @param predictedAccuracy what share of the answers is expected to be right: 1 −
   *     splitHalfDisagreement, for two estimates that differ by chance disagree about as often as
   *     either is wrong (Jiang et al. 2022, "Assessing generalization of SGD via disagreement"), or
   *     the confidence if it is more, for each half has fewer rows than the whole
   */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Answers(
      boolean given,
      long rows,
      @Nullable Double splitHalfDisagreement,
      double confidence,
      double sourceConfidence,
      double changedAnswers,
      long classes,
      double effectiveClasses,
      @Nullable Double predictedAccuracy) {}

  /**
   * One layer. Distances are symmetric Kullback-Leibler divergences, means over the channels, in
   * nats.
   *
   * @param values per channel
   * @param movement how far the last batch moved the estimate
   * @param splitHalfDistance between the estimates of two halves; {@code null} while a half has too
   *     few values
   * @param sourceDistance from the source; {@code null} where that has no statistics for the layer
   */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Layer(
      String layer,
      long values,
      double movement,
      @Nullable Double splitHalfDistance,
      @Nullable Double sourceDistance) {}
}
