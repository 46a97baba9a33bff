package io.norma.network;

/** Where a batch normalization of a network comes from. */
public enum NormalizationKind {
  /** The network's file has it. */
  EXPORTED("exported"),
  /** The file has it folded into weights; a checkpoint brought it back. */
  RESTORED("restored"),
  /** Neither has it: the moments of a layer's output on reference data stand in for γ and β. */
  VIRTUAL("virtual");

  private final String word;

  NormalizationKind(String word) {
    this.word = word;
  }

  /** The kind in messages and reports. */
  public String word() {
    return word;
  }
}
