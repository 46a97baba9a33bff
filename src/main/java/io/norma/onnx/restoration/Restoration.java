package io.norma.onnx.restoration;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimitException;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.WeightedLayer;
import io.norma.onnx.ImportResult;
import io.norma.onnx.ImportWarning;
import io.norma.onnx.RestorationReport;
import io.norma.onnx.RestorationReport.LeftFolded;
import io.norma.onnx.RestorationReport.RestoredLayer;
import io.norma.onnx.restoration.Finding.Candidate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Brings batch normalizations back that were folded into the weights before them, {@code W_f =
 * W·γ/√(σ²+ε)} and {@code b_f = β + (b − μ)·γ/√(σ²+ε)}: from the checkpoint that the file was
 * exported from, W and (γ, β, μ, σ²) that give the file's numbers, and ε, which is found from them.
 * Those that a file holds as a scale and a shift per channel come back in the same way. Names are
 * hints; numbers decide.
 */
public final class Restoration {
  private static final int LISTED_KEYS = 100;

  private final ImportResult imported;
  private final StateDict checkpoint;
  private final Reservation memory;
  private final Map<WeightedLayer, Finding> findings = new LinkedHashMap<>();

  private Restoration(ImportResult imported, Checkpoint checkpoint, Reservation memory) {
    this.imported = imported;
    this.memory = memory;
    this.checkpoint = new StateDict(checkpoint, namesInFile(imported.network()), memory);
  }

  /**
   * A network with all that the checkpoint brings back; what it does not is as it was.
   *
   * @param budget bytes for the original weights, until they are handed over
   * @throws CheckpointMismatchException if it is no checkpoint of this network, or one with other
   *     weights
   */
  public static ImportResult restore(
      ImportResult imported, Checkpoint checkpoint, MemoryBudget budget) {
    return restore(imported, checkpoint, budget, TimeLimit.none().begin());
  }

  /**
   * The same, until then.
   *
   * @throws WorkLimitException if it takes longer
   */
  public static ImportResult restore(
      ImportResult imported,
      Checkpoint checkpoint,
      MemoryBudget budget,
      TimeLimit.Deadline deadline) {
    try (Reservation memory = new Reservation(budget, deadline)) {
      return new Restoration(imported, checkpoint, memory).restore();
    }
  }

  private static Set<String> namesInFile(Network network) {
    Set<String> names = new HashSet<>(network.constants().keySet());
    for (WeightedLayer layer : WeightedLayer.of(network)) {
      names.addAll(ModulePaths.expectedWeights(layer));
    }
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      names.add(layer.name() + ".running_mean");
    }
    return names;
  }

  private ImportResult restore() {
    Network network = imported.network();
    findAll(network);
    List<Restored> restored = restored();
    List<PerChannelChain> chains = PerChannelChain.of(network);
    List<RestoredChain> restoredChains = ChainSearch.find(chains, checkpoint, standing(restored));
    new MismatchCheck(findings, restoredChains, checkpoint).requireThisNetwork();
    RestoredNetwork.Result result =
        RestoredNetwork.of(network, restored, restoredChains, checkpoint, memory);
    useWhatTheNetworkHas(network);
    return new ImportResult(
        result.network(),
        imported
            .changed(result.network(), result.parameterNames(), checkpoint.framework().momentum())
            .report()
            .with(report(restored, chains, restoredChains, result)));
  }

  /** Layers that read the same weights and biases are looked for once. */
  private void findAll(Network network) {
    Search search = new Search(checkpoint, memory);
    Map<List<Object>, Finding> known = new HashMap<>();
    for (WeightedLayer layer : WeightedLayer.of(network)) {
      List<Object> key = constants(layer);
      Finding finding = known.get(key);
      if (finding == null) {
        finding = search.find(Sought.of(layer));
        known.put(key, finding);
      }
      findings.put(layer, finding);
    }
  }

  /** What makes layers alike: the same constants, read in the same way. */
  private static List<Object> constants(WeightedLayer layer) {
    Node addition = layer.addition();
    List<Object> names = new ArrayList<>(List.of(WeightLayout.of(layer)));
    names.addAll(layer.node().inputs().subList(1, layer.node().inputs().size()));
    if (addition != null) {
      String product = layer.node().outputs().getFirst();
      addition.inputs().stream().filter(input -> !input.equals(product)).forEach(names::add);
    }
    return names;
  }

  private List<Restored> restored() {
    // One of those that share their constants stands for all.
    Map<List<Object>, List<WeightedLayer>> alike = new LinkedHashMap<>();
    Map<WeightedLayer, List<Candidate>> candidates = new LinkedHashMap<>();
    findings.forEach((layer, finding) -> {
      if (finding instanceof Finding.Folded(List<Candidate> all) && layer.channelsAreAxis1()) {
        List<WeightedLayer> same =
            alike.computeIfAbsent(constants(layer), key -> new ArrayList<>());
        if (same.isEmpty()) {
          candidates.put(layer, all);
        }
        same.add(layer);
      }
    });
    Set<String> live = new HashSet<>();
    imported.network().batchNormalizations().forEach(layer -> live.add(layer.name()));
    List<Restored> restored = new ArrayList<>();
    for (Restored one : Assignment.of(candidates, live)) {
      for (WeightedLayer layer : alike.getOrDefault(constants(one.layer()), List.of())) {
        restored.add(new Restored(layer, one.candidate(), one.epsilon()));
      }
    }
    return restored;
  }

  /** Batch normalizations that the network has, or is to have behind its layers. */
  private Set<String> standing(List<Restored> restored) {
    Set<String> names = new HashSet<>();
    imported.network().batchNormalizations().forEach(layer -> names.add(layer.name()));
    restored.forEach(one -> names.add(one.candidate().normalization().module()));
    return names;
  }

  /** What the network has under the checkpoint's own names need not be told. */
  private void useWhatTheNetworkHas(Network network) {
    network.constants().keySet().forEach(checkpoint::use);
    for (BatchNormalizationLayer layer : network.batchNormalizations()) {
      for (String parameter : List.of("weight", "bias", "running_mean", "running_var")) {
        checkpoint.use(layer.name() + "." + parameter);
      }
      checkpoint.normalizations(layer.channels()).stream()
          .filter(one -> one.module().equals(layer.name()))
          .forEach(one -> one.names().forEach(checkpoint::use));
    }
    for (Finding finding : findings.values()) {
      switch (finding) {
        case Finding.Unfolded unfolded -> {
          checkpoint.use(unfolded.weights());
          if (unfolded.bias() != null) {
            checkpoint.use(unfolded.bias());
          }
        }
        case Finding.Scaled scaled -> checkpoint.use(scaled.weights());
        default -> {}
      }
    }
  }

  private RestorationReport report(
      List<Restored> restored,
      List<PerChannelChain> chains,
      List<RestoredChain> restoredChains,
      RestoredNetwork.Result result) {
    Set<WeightedLayer> done = new HashSet<>();
    restored.forEach(one -> done.add(one.layer()));
    List<LeftFolded> left = new ArrayList<>();
    int unfolded = 0;
    for (Map.Entry<WeightedLayer, Finding> entry : findings.entrySet()) {
      WeightedLayer layer = entry.getKey();
      if (entry.getValue() instanceof Finding.Unfolded) {
        unfolded++;
      } else if (!done.contains(layer)) {
        left.add(new LeftFolded(layer.node().name(), Reasons.of(layer, entry.getValue())));
      }
    }
    left.addAll(leftChains(chains, restoredChains));
    List<String> unused = checkpoint.unused();
    return new RestorationReport(
        checkpoint.prefix(),
        findings.size(),
        unfolded,
        result.layers(),
        left,
        result.layers().stream().mapToDouble(RestoredLayer::deviation).max().orElse(0),
        unused.subList(0, Math.min(LISTED_KEYS, unused.size())),
        unused.size());
  }

  /** Those that look like batch normalizations and are none that the checkpoint has. */
  private List<LeftFolded> leftChains(
      List<PerChannelChain> chains, List<RestoredChain> restoredChains) {
    Set<String> suspected = new HashSet<>();
    for (ImportWarning warning : imported.report().warnings()) {
      if (warning.code() == ImportWarning.Code.BATCH_NORMALIZATION_INSEPARABLE) {
        suspected.addAll(warning.names());
      }
    }
    restoredChains.forEach(one -> suspected.remove(one.chain().name()));
    return chains.stream()
        .filter(chain -> suspected.contains(chain.name()))
        .map(chain -> new LeftFolded(chain.name(), Reasons.of(chain)))
        .toList();
  }
}
