package io.norma.runningstatistics.certificate;

import io.norma.runningstatistics.certificate.CertificateReason.Code;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a verdict of what is known of an estimate. */
public final class CertificateRules {
  private final CertificateSettings settings;

  /** Rules by these thresholds. */
  public CertificateRules(CertificateSettings settings) {
    this.settings = settings;
  }

  /** Whether batches are probes, too. */
  public boolean probeBatches() {
    return settings.probeBatches();
  }

  /** Rows that a probe must have. */
  public int fewestProbeRows() {
    return settings.fewestProbeRows();
  }

  /**
   * A certificate.
   *
   * @param samples rows that the estimate comes from
   * @param source what it is held against
   * @param layers not empty
   * @param probing how the network answers by it
   * @param sorted why the rows look sorted, in words; empty if they don't
   */
  public Certificate certificate(
      long samples,
      String source,
      List<CertifiedLayer> layers,
      Probing probing,
      List<String> sorted) {
    long fewest = layers.stream().mapToLong(layer -> layer.layer().values()).min().orElse(0);
    double scarce = scarce(layers);
    Certificate.Answers answers = answers(probing);
    List<CertificateReason> reasons = new ArrayList<>();
    if (scarce > 0) {
      reasons.add(
          new CertificateReason(
              Code.FEW_VALUES,
              Verdict.DOUBTFUL,
              "%.0f %% of the channels have fewer than %d values (norma.certificates.fewest-values), at least %d: add batches"
                  .formatted(100 * scarce, settings.fewestValues(), fewest)));
    }
    if (answers != null) {
      addAnswers(answers, source, reasons);
    }
    sorted.forEach(
        message -> reasons.add(new CertificateReason(Code.SORTED_ROWS, Verdict.DOUBTFUL, message)));
    reasons.sort(Comparator.comparing(CertificateReason::verdict).reversed());
    Verdict verdict =
        reasons.stream().map(CertificateReason::verdict).reduce(Verdict.GOOD, Verdict::or);
    return new Certificate(
        verdict,
        reasons,
        samples,
        source,
        fewest,
        scarce,
        answers,
        layers.stream().map(CertifiedLayer::layer).toList());
  }

  private double scarce(List<CertifiedLayer> layers) {
    long channels = 0;
    long scarce = 0;
    for (CertifiedLayer layer : layers) {
      channels += layer.channels();
      scarce += layer.layer().values() < settings.fewestValues() ? layer.channels() : 0;
    }
    return channels == 0 ? 0 : (double) scarce / channels;
  }

  private static Certificate.@Nullable Answers answers(Probing probing) {
    ProbeTally tally = probing.tally();
    if (tally == null || tally.rows() == 0) {
      return null;
    }
    Double disagreement =
        tally.splitRows() == 0 ? null : (double) tally.disagreements() / tally.splitRows();
    double confidence = tally.confidence() / tally.rows();
    return new Certificate.Answers(
        probing.given(),
        tally.rows(),
        disagreement,
        confidence,
        tally.sourceConfidence() / tally.rows(),
        (double) tally.changed() / tally.rows(),
        tally.counts().length,
        tally.effectiveClasses(),
        disagreement == null ? null : Math.max(1 - disagreement, confidence));
  }

  private void addAnswers(
      Certificate.Answers answers, String source, List<CertificateReason> reasons) {
    if (answers.rows() < settings.fewestProbeRows()) {
      reasons.add(
          new CertificateReason(
              Code.FEW_ROWS,
              Verdict.DOUBTFUL,
              "nothing can be concluded from the answers to %d rows, it takes %d (norma.certificates.fewest-probe-rows): add batches"
                  .formatted(answers.rows(), settings.fewestProbeRows())));
      return;
    }
    addDisagreement(answers, reasons);
    addConfidence(answers, source, reasons);
    addClasses(answers, reasons);
  }

  private void addDisagreement(Certificate.Answers answers, List<CertificateReason> reasons) {
    Double disagreement = answers.splitHalfDisagreement();
    if (disagreement != null && disagreement >= settings.doubtfulDisagreement()) {
      boolean harmful = disagreement >= settings.harmfulDisagreement();
      reasons.add(
          new CertificateReason(
              Code.HALVES_DISAGREE,
              harmful ? Verdict.HARMFUL : Verdict.DOUBTFUL,
              ("two estimates from a half of the rows each answer %.1f %% of them differently, from"
                      + " %.1f %% on it is suspicious: the rows are too few, or of several domains;"
                      + " add batches, and calibrate a set for each domain")
                  .formatted(100 * disagreement, 100 * settings.doubtfulDisagreement())));
    }
  }

  private void addConfidence(
      Certificate.Answers answers, String source, List<CertificateReason> reasons) {
    double ratio = answers.confidence() / answers.sourceConfidence();
    if (ratio < settings.doubtfulConfidence()) {
      boolean harmful = ratio < settings.harmfulConfidence();
      reasons.add(
          new CertificateReason(
              Code.UNSURE_ANSWERS,
              harmful ? Verdict.HARMFUL : Verdict.DOUBTFUL,
              ("by the estimate the answers have a mean probability of %.2f, by %s of %.2f: below"
                      + " %.0f %% of that it is suspicious. The rows lack classes, or %s fits them"
                      + " better; send rows of all classes, shuffled")
                  .formatted(
                      answers.confidence(),
                      source,
                      answers.sourceConfidence(),
                      100 * settings.doubtfulConfidence(),
                      source)));
    }
  }

  private void addClasses(Certificate.Answers answers, List<CertificateReason> reasons) {
    double share = answers.effectiveClasses() / answers.classes();
    // As many classes as that can't be told from few rows.
    boolean told = answers.rows() >= 2 * answers.classes();
    if (told && share < settings.doubtfulClasses()) {
      reasons.add(
          new CertificateReason(
              Code.FEW_CLASSES,
              Verdict.DOUBTFUL,
              "the answers spread over %.1f of %d classes, fewer than %.0f %% is suspicious: send rows of all classes"
                  .formatted(
                      answers.effectiveClasses(),
                      answers.classes(),
                      100 * settings.doubtfulClasses())));
    }
  }
}
