package io.norma.normalization;

import io.norma.admission.ComputeSlots;
import io.norma.admission.ComputeThreads;
import java.time.Duration;
import java.util.List;

/** The service that computes what requests bring, without the program around it. */
public final class TestedNormalization {
  private TestedNormalization() {}

  /** One that computes on the threads of its callers. */
  public static StatelessNormalizationService service() {
    ComputeThreads threads = new ComputeThreads(new ComputeSlots(1, 1), 1, Duration.ofDays(1));
    return new StatelessNormalizationService(threads, List.of());
  }
}
