package io.norma.onnx.restoration;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a checkpoint has of one layer. */
sealed interface Finding {
  /**
   * The layer's weights as they are: nothing was folded in.
   *
   * @param bias name of its bias; {@code null} for none
   */
  record Unfolded(String weights, @Nullable String bias) implements Finding {}

  /** Weights and a batch normalization that give the file's; several, where numbers do not tell. */
  record Folded(List<Candidate> candidates) implements Finding {
    public Folded {
      candidates = List.copyOf(candidates);
    }
  }

  /** Weights that the file's are multiples of, but no batch normalization that gives these. */
  record Scaled(String weights, boolean same) implements Finding {}

  /**
   * No such weights.
   *
   * @param others names of tensors of that shape with other numbers
   * @param named whether one of them goes by the name that the file's has
   * @param byInputs name of the tensor that the file's is a multiple of by channels of its input
   */
  record Missing(List<String> others, boolean named, @Nullable String byInputs) implements Finding {
    public Missing {
      others = List.copyOf(others);
    }
  }

  /**
   * One way to restore a layer.
   *
   * @param weights name of W
   * @param layout and how the checkpoint has it
   * @param bias name of the layer's own bias; {@code null} for none
   * @param expected whether the file's names say that these are the weights
   */
  record Candidate(
      String weights,
      WeightLayout layout,
      @Nullable String bias,
      boolean expected,
      CheckpointNormalization normalization,
      EpsilonFit fit) {}
}
