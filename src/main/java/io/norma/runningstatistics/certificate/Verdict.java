package io.norma.runningstatistics.certificate;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether an estimate is fit for use, from best to worst. */
public enum Verdict {
  /** Nothing that can be seen without labels speaks against it. */
  @JsonProperty("good")
  GOOD,
  /** Look at the reasons first. */
  @JsonProperty("doubtful")
  DOUBTFUL,
  /** Likely to be worse than what it would replace. */
  @JsonProperty("harmful")
  HARMFUL;

  /** The worse of two. */
  Verdict or(Verdict other) {
    return other.compareTo(this) > 0 ? other : this;
  }
}
