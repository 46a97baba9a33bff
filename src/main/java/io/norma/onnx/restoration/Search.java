package io.norma.onnx.restoration;

import io.norma.kernel.layer.MatMul;
import io.norma.network.WeightedLayer;
import io.norma.onnx.restoration.Finding.Candidate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Looks for layers of a network in a checkpoint, one at a time. Numbers decide. */
final class Search {
  /** Of weights that are equal in numbers so many are told apart by names. */
  private static final int MOST_EQUAL = 16;

  private final StateDict checkpoint;
  private final Reservation memory;

  Search(StateDict checkpoint, Reservation memory) {
    this.checkpoint = checkpoint;
    this.memory = memory;
  }

  /** A tensor of the right shape. */
  private record Tensors(String name, WeightLayout layout, boolean expected) {}

  Finding find(Sought sought) {
    List<Candidate> candidates = new ArrayList<>();
    Finding.Scaled scaled = null;
    List<Tensors> tensors = tensors(sought.layer());
    List<String> others = new ArrayList<>();
    int equal = 0;
    for (Tensors tensor : tensors) {
      memory.checkTime();
      Scales scales = equal < MOST_EQUAL ? compare(sought, tensor.name(), tensor.layout()) : null;
      if (scales == null) {
        others.add(tensor.name());
        continue;
      }
      equal++;
      String bias = checkpoint.biasName(tensor.name(), sought.layer().channels());
      float[] ownBias = bias == null ? null : checkpoint.read(bias);
      if (scales.same() && isSame(sought, ownBias)) {
        return new Finding.Unfolded(tensor.name(), bias);
      }
      addNormalizations(sought, tensor, scales, bias, ownBias, candidates);
      // One weight per channel is a multiple of any other.
      if (scaled == null && sought.layout().perChannel() > 1) {
        scaled = new Finding.Scaled(tensor.name(), scales.same());
      }
    }
    if (!candidates.isEmpty()) {
      return new Finding.Folded(candidates);
    }
    if (scaled != null && scaled.same() && sought.layer().bias() == null) {
      // Its bias is added further on.
      String bias = checkpoint.biasName(scaled.weights(), sought.layer().channels());
      return new Finding.Unfolded(scaled.weights(), bias);
    }
    return scaled != null ? scaled : missing(sought, tensors, others);
  }

  private List<Tensors> tensors(WeightedLayer layer) {
    List<String> expected = ModulePaths.expectedWeights(layer);
    List<Tensors> named = new ArrayList<>();
    List<Tensors> rest = new ArrayList<>();
    for (WeightLayout layout : WeightLayout.inCheckpoint(layer)) {
      for (String name : checkpoint.ofShape(layout.shape())) {
        boolean isExpected = expected.contains(name);
        (isExpected ? named : rest).add(new Tensors(name, layout, isExpected));
      }
    }
    named.addAll(rest);
    return named;
  }

  private @Nullable Scales compare(Sought sought, String name, WeightLayout layout) {
    if (!sought.mayBe(checkpoint, name, layout)) {
      return null;
    }
    long bytes = (long) Float.BYTES * (layout.shape().size() + 2L * layout.perChannel());
    memory.take(bytes);
    try {
      return Scales.of(
          sought.layer().weights().floats(),
          sought.layer().weights().offset(),
          sought.layout(),
          checkpoint.read(name),
          layout,
          sought.precision());
    } finally {
      memory.giveBack(bytes);
    }
  }

  private static boolean isSame(Sought sought, float @Nullable [] ownBias) {
    float[] bias = sought.layer().bias();
    for (int m = 0; m < sought.layer().channels(); m++) {
      float folded = bias == null ? 0 : bias[m];
      if (!Scales.isSame(folded, ownBias == null ? 0 : ownBias[m], sought.precision())) {
        return false;
      }
    }
    return true;
  }

  private void addNormalizations(
      Sought sought,
      Tensors tensor,
      Scales scales,
      @Nullable String bias,
      float @Nullable [] ownBias,
      List<Candidate> candidates) {
    WeightedLayer layer = sought.layer();
    // A product by itself has no place for a bias.
    boolean hasPlace = layer.addition() != null || !(layer.node().layer() instanceof MatMul);
    if (bias != null && !hasPlace) {
      return;
    }
    for (CheckpointNormalization normalization : checkpoint.normalizations(layer.channels())) {
      memory.checkTime();
      EpsilonFit fit =
          EpsilonFit.of(normalization, scales, layer.bias(), ownBias, sought.precision());
      if (fit != null) {
        candidates.add(
            new Candidate(
                tensor.name(), tensor.layout(), bias, tensor.expected(), normalization, fit));
      }
    }
  }

  private Finding.Missing missing(Sought sought, List<Tensors> tensors, List<String> others) {
    boolean named = tensors.stream().anyMatch(Tensors::expected);
    return new Finding.Missing(others, named, multipleByInputs(sought, tensors));
  }

  /** Where a batch normalization before the layer was folded in, inputs were scaled. */
  private @Nullable String multipleByInputs(Sought sought, List<Tensors> tensors) {
    Set<String> tried = new HashSet<>();
    Sought byInputs = Sought.of(sought.layer(), sought.layout().byInputs());
    if (byInputs.layout().perChannel() < 2 || byInputs.probes().isEmpty()) {
      return null;
    }
    for (Tensors tensor : tensors) {
      WeightLayout layout = tensor.layout().byInputs();
      if (layout.channels() == byInputs.layout().channels()
          && tried.add(tensor.name())
          && compare(byInputs, tensor.name(), layout) != null) {
        return tensor.name();
      }
    }
    return null;
  }
}
