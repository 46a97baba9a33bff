package io.norma.onnx.restoration;

import io.norma.network.WeightedLayer;

/** Why a layer is left as the file has it. */
final class Reasons {
  private Reasons() {}

  static String of(PerChannelChain chain) {
    return chain.channels() == null
        ? "it ends a scale and a shift per channel, but it is not known which axis of their input"
            + " has the channels"
        : "it ends a scale and a shift per channel, but no batch normalization of %d channels in the checkpoint gives these"
            .formatted(chain.count());
  }

  static String of(WeightedLayer layer, Finding finding) {
    return switch (finding) {
      case Finding.Unfolded _ -> "nothing was folded into it";
      case Finding.Folded folded when !layer.channelsAreAxis1() ->
          "its weights are those of '%s' with batch normalization '%s', but it is not known that its output is a matrix, whose columns a batch normalization takes for channels"
              .formatted(
                  folded.candidates().getFirst().weights(),
                  folded.candidates().getFirst().normalization().module());
      case Finding.Folded folded ->
          "batch normalization '%s' stands behind other layers with another epsilon"
              .formatted(folded.candidates().getFirst().normalization().module());
      case Finding.Scaled scaled when scaled.same() ->
          "its weights are those of '%s', but its bias is another, and no batch normalization of %d channels explains it"
              .formatted(scaled.weights(), layer.channels());
      case Finding.Scaled scaled ->
          "its weights are those of '%s' times a factor per channel, but no batch normalization of %d channels in the checkpoint gives these factors and biases"
              .formatted(scaled.weights(), layer.channels());
      case Finding.Missing missing when missing.byInputs() != null ->
          "its weights are those of '%s' times a factor per channel of its input: what was folded into it stood before it"
              .formatted(missing.byInputs());
      case Finding.Missing missing when missing.others().isEmpty() ->
          "the checkpoint has no weights of shape " + layer.weights().shape();
      case Finding.Missing missing ->
          "the checkpoint has %d weights of shape %s, but with other numbers, which no factor per channel makes these"
              .formatted(missing.others().size(), layer.weights().shape());
    };
  }
}
