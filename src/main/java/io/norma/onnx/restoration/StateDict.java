package io.norma.onnx.restoration;

import io.norma.kernel.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint by names without the prefixes of wrappers, with what stands in it: weights by their
 * shapes, and batch normalizations by their channels.
 */
final class StateDict {
  /** Modules that wrap a network in training and are not in its file. */
  private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.", "model.");

  private final Checkpoint checkpoint;
  private final Reservation memory;
  private final String prefix;

  /** Tensors of the checkpoint by their names here, in natural order. */
  private final TreeMap<String, String> keys = new TreeMap<>(NaturalOrder.NAMES);

  private final Map<Shape, List<String>> byShape = new HashMap<>();
  private final Map<Integer, List<CheckpointNormalization>> byChannels = new HashMap<>();
  private final Set<Framework> frameworks = EnumSet.noneOf(Framework.class);
  private final Set<String> used = new HashSet<>();

  /**
   * @param namesInFile what the network's file calls its parameters: a prefix that it has, too,
   *     stays
   */
  StateDict(Checkpoint checkpoint, Set<String> namesInFile, Reservation memory) {
    this.checkpoint = checkpoint;
    this.memory = memory;
    prefix = prefix(checkpoint.names(), namesInFile);
    for (String key : checkpoint.names()) {
      keys.put(key.substring(prefix.length()), key);
    }
    keys.keySet()
        .forEach(
            name -> byShape.computeIfAbsent(shape(name), shape -> new ArrayList<>()).add(name));
    readNormalizations();
  }

  private static String prefix(Set<String> names, Set<String> namesInFile) {
    String longest = "";
    while (true) {
      String stripped = longest;
      if (names.stream()
          .anyMatch(name -> namesInFile.contains(name.substring(stripped.length())))) {
        return stripped;
      }
      String longer = wrapped(names, stripped);
      if (longer == null) {
        return stripped;
      }
      longest = longer;
    }
  }

  /** The prefix with another wrapper behind it that all names have, or {@code null}. */
  private static @Nullable String wrapped(Set<String> names, String prefix) {
    for (String wrapper : WRAPPERS) {
      String longer = prefix + wrapper;
      if (!names.isEmpty() && names.stream().allMatch(name -> isWithin(name, longer))) {
        return longer;
      }
    }
    return null;
  }

  private static boolean isWithin(String name, String prefix) {
    return name.startsWith(prefix) && name.length() > prefix.length();
  }

  private void readNormalizations() {
    for (String name : keys.keySet()) {
      NormalizationNames names = NormalizationNames.ofMean(name);
      Shape shape = shape(name);
      if (names == null || shape.rank() != 1 || shape.size() == 0 || !isComplete(names, shape)) {
        continue;
      }
      memory.take(4L * Float.BYTES * shape.size());
      CheckpointNormalization normalization = normalization(names, shape);
      if (normalization.isSound()) {
        byChannels.computeIfAbsent(shape.size(), channels -> new ArrayList<>()).add(normalization);
        frameworks.add(names.framework());
      }
    }
  }

  private boolean isComplete(NormalizationNames names, Shape shape) {
    boolean hasWeights = isOfShape(names.gamma(), shape) && isOfShape(names.beta(), shape);
    return isOfShape(names.variance(), shape) && (hasWeights || !names.numbered());
  }

  private CheckpointNormalization normalization(NormalizationNames names, Shape shape) {
    List<String> all = new ArrayList<>();
    float[] gamma = new float[shape.size()];
    float[] beta = new float[shape.size()];
    Arrays.fill(gamma, 1);
    if (isOfShape(names.gamma(), shape)) {
      all.add(names.gamma());
      gamma = read(names.gamma());
    }
    if (isOfShape(names.beta(), shape)) {
      all.add(names.beta());
      beta = read(names.beta());
    }
    all.add(names.mean());
    all.add(names.variance());
    return new CheckpointNormalization(
        names.module(), gamma, beta, read(names.mean()), read(names.variance()), all);
  }

  /** What wrote it; PyTorch where nothing tells. */
  Framework framework() {
    return frameworks.equals(EnumSet.of(Framework.KERAS)) ? Framework.KERAS : Framework.PYTORCH;
  }

  private boolean isOfShape(String name, Shape shape) {
    return keys.containsKey(name) && shape(name).equals(shape);
  }

  /** What was stripped of all names. */
  String prefix() {
    return prefix;
  }

  /** Names of the tensors of a shape, in natural order. */
  List<String> ofShape(Shape shape) {
    return byShape.getOrDefault(shape, List.of());
  }

  /** Batch normalizations of so many channels, by their names in natural order. */
  List<CheckpointNormalization> normalizations(int channels) {
    return byChannels.getOrDefault(channels, List.of());
  }

  /** Name of the bias of a layer whose weights go by this name, or {@code null}. */
  @Nullable String biasName(String weights, int channels) {
    String name = WeightNames.bias(weights);
    return name != null && isOfShape(name, Shape.of(channels)) ? name : null;
  }

  Shape shape(String name) {
    return checkpoint.shape(key(name));
  }

  float[] read(String name) {
    return checkpoint.elements(key(name), 0, shape(name).size());
  }

  float element(String name, int index) {
    return checkpoint.elements(key(name), index, index + 1)[0];
  }

  private String key(String name) {
    String key = keys.get(name);
    if (key == null) {
      throw new IllegalArgumentException("no tensor '" + name + "'");
    }
    return key;
  }

  void use(String name) {
    used.add(name);
  }

  /**
   * Names of the tensors that nothing of the network was found to be, as the checkpoint has them.
   */
  List<String> unused() {
    List<String> unused = new ArrayList<>();
    keys.forEach((name, key) -> {
      if (!used.contains(name)) {
        unused.add(key);
      }
    });
    return unused;
  }
}
