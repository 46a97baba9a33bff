package io.norma.runningstatistics.certificate;

/**
 * Something that speaks against an estimate.
 *
 * @param verdict how much
 * @param message what was found, what is expected, and what to do
 */
public record CertificateReason(Code code, Verdict verdict, String message) {
  /** What kind of finding it is. */
  public enum Code {
    /** There were too few rows to conclude anything from how they are answered. */
    FEW_ROWS,
    /** Two halves of the rows make estimates that answer differently. */
    HALVES_DISAGREE,
    /** By the estimate the network is less sure of its answers than by what it began from. */
    UNSURE_ANSWERS,
    /** The answers are of few of the classes. */
    FEW_CLASSES,
    /** Channels have few values. */
    FEW_VALUES,
    /** Neighbouring rows are alike, as in a sorted stream. */
    SORTED_ROWS
  }
}
