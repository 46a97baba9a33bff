package io.norma.onnx.restoration;

import io.norma.network.WeightedLayer;
import java.util.ArrayList;
import java.util.List;

/** Names of modules: where a file still tells them, and how near two of them are. */
final class ModulePaths {
  private ModulePaths() {}

  /** What the weights of a layer may be called in a checkpoint, as the file tells it. */
  static List<String> expectedWeights(WeightedLayer layer) {
    return List.of(
        layer.weightsName(),
        scope(layer.node().name()) + ".weight",
        layer.node().name() + ".weight");
  }

  /**
   * The module of a node that is named by its scopes, each with the names around it: {@code
   * /layer1/layer1.0/conv1/Conv} is {@code layer1.0.conv1}.
   */
  static String scope(String node) {
    String[] scopes = node.split("/", -1);
    List<String> path = new ArrayList<>();
    for (int i = 0; i < scopes.length - 1; i++) {
      String scope = scopes[i];
      if (scope.isEmpty()) {
        continue;
      }
      if (!path.isEmpty() && scope.startsWith(path.getLast() + ".")) {
        path.removeLast();
      }
      path.add(scope);
    }
    return String.join(".", path);
  }

  /**
   * How far a batch normalization's name is from that of the layer that it may stand behind: those
   * of one block before others, {@code bn2} for {@code conv2}, the next number in a sequence.
   */
  static long distance(String layer, String normalization) {
    String[] a = layer.split("[./]", -1);
    String[] b = normalization.split("[./]", -1);
    int common = 0;
    while (common < a.length && common < b.length && a[common].equals(b[common])) {
      common++;
    }
    long apart = (long) (a.length - common) + (b.length - common);
    long number = FAR;
    if (common < a.length && common < b.length) {
      number = numbers(a[common], b[common]);
    } else if (common < b.length || common < a.length) {
      number = 0;
    }
    return apart * (FAR + 1) + number;
  }

  private static final long FAR = 1_000_000;

  private static long numbers(String a, String b) {
    long left = trailingNumber(a);
    long right = trailingNumber(b);
    if (left < 0 || right < 0) {
      return FAR / 2;
    }
    boolean positions = isNumber(a) && isNumber(b);
    long distance = positions ? right - left - 1 : Math.abs(right - left);
    return distance >= 0 ? Math.min(distance, FAR / 4) : FAR / 4 + Math.min(-distance, FAR / 4);
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** The number at the end of a name, or −1. */
  private static long trailingNumber(String text) {
    int from = text.length();
    while (from > 0
        && text.length() - from < 9
        && text.charAt(from - 1) >= '0'
        && text.charAt(from - 1) <= '9') {
      from--;
    }
    return from == text.length() ? -1 : Long.parseLong(text.substring(from));
  }
}
