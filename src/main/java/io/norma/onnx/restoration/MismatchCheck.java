package io.norma.onnx.restoration;

import io.norma.network.WeightedLayer;
import io.norma.onnx.restoration.Finding.Candidate;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a checkpoint of another network, and one of the same network with other weights, such as
 * another epoch's. A layer contradicts it if there are weights that should be the layer's, by their
 * name or because no other layer has them, and are not. One that a checkpoint says nothing of does
 * not: exporters cut weights into pieces and compute new ones.
 */
final class MismatchCheck {
  private final Map<WeightedLayer, Finding> findings;
  private final List<RestoredChain> chains;
  private final StateDict checkpoint;

  /**
   * @param chains scales and shifts that are batch normalizations of the checkpoint
   */
  MismatchCheck(
      Map<WeightedLayer, Finding> findings, List<RestoredChain> chains, StateDict checkpoint) {
    this.findings = findings;
    this.chains = chains;
    this.checkpoint = checkpoint;
  }

  void requireThisNetwork() {
    int layers = findings.size();
    int matched = 0;
    WeightedLayer firstMissing = null;
    for (Map.Entry<WeightedLayer, Finding> entry : findings.entrySet()) {
      boolean missing = isMissing(entry.getValue());
      matched += missing ? 0 : 1;
      firstMissing = missing && firstMissing == null ? entry.getKey() : firstMissing;
    }
    if (layers == 0 && chains.isEmpty()) {
      throw new CheckpointMismatchException(
          "the network has no convolution or dense layer with constant weights that a checkpoint"
              + " could restore, and no scale and shift per channel that are a batch"
              + " normalization of this one",
          0,
          0);
    }
    if (matched == 0 && chains.isEmpty() && firstMissing != null) {
      throw mismatch("the checkpoint is of another network", matched, firstMissing);
    }
    WeightedLayer contradicting = firstContradicting();
    if (contradicting != null) {
      throw mismatch(
          "the checkpoint has other weights than the file, as of another epoch of training",
          matched,
          contradicting);
    }
  }

  private static boolean isMissing(Finding finding) {
    return finding instanceof Finding.Missing missing && missing.byInputs() == null;
  }

  private @Nullable WeightedLayer firstContradicting() {
    Set<String> taken = new HashSet<>();
    for (Finding finding : findings.values()) {
      switch (finding) {
        case Finding.Unfolded unfolded -> taken.add(unfolded.weights());
        case Finding.Folded folded ->
            folded.candidates().stream().map(Candidate::weights).forEach(taken::add);
        case Finding.Scaled scaled -> taken.add(scaled.weights());
        case Finding.Missing missing -> {
          if (missing.byInputs() != null) {
            taken.add(missing.byInputs());
          }
        }
      }
    }
    for (Map.Entry<WeightedLayer, Finding> entry : findings.entrySet()) {
      if (isMissing(entry.getValue())
          && entry.getValue() instanceof Finding.Missing missing
          && (missing.named() || !taken.containsAll(missing.others()))) {
        return entry.getKey();
      }
    }
    return null;
  }

  private CheckpointMismatchException mismatch(String what, int matched, WeightedLayer first) {
    Finding finding = findings.get(first);
    String reason = finding == null ? "" : Reasons.of(first, finding);
    String message =
        "%s: %d of %d convolutions and dense layers have their weights in it%s; the first that has not is '%s': %s. Send the state dict of the network as it was when the file was exported from it"
            .formatted(
                what,
                matched,
                findings.size(),
                checkpoint.prefix().isEmpty()
                    ? ""
                    : ", its names taken without '%s'".formatted(checkpoint.prefix()),
                first.node().name(),
                reason);
    return new CheckpointMismatchException(message, matched, findings.size());
  }
}
