package io.norma.onnx;

import io.norma.onnx.file.FileNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names for layers, each given once: after the parameters where the file tells ({@code
 * layer1.0.bn1.running_mean} → {@code layer1.0.bn1}), else after the node, else {@code Conv_12}.
 */
final class LayerNames {
  /** PyTorch's, Keras's and MXNet's endings of parameter names. */
  private static final Pattern PARAMETER =
      Pattern.compile(
          "(?<layer>.+?)[./_]((running|moving)_(mean|var|variance)|weight|gamma|kernel|weight_ih_l0)"
              + "(:0)?(/read(:0)?)?",
          Pattern.DOTALL);

  /** Operators whose weights a framework calls a layer. */
  private static final Set<String> WEIGHTED =
      Set.of(
          "BatchNormalization",
          "Conv",
          "ConvTranspose",
          "GRU",
          "Gather",
          "Gemm",
          "GroupNormalization",
          "InstanceNormalization",
          "LSTM",
          "LayerNormalization",
          "MatMul",
          "PRelu",
          "RMSNormalization",
          "RNN");

  private final Set<String> taken = new HashSet<>();
  private final Map<String, Integer> counters = new HashMap<>();

  /** A name of its own for a node that reads these parameters. */
  String of(FileNode node, List<String> parameters) {
    String name = WEIGHTED.contains(node.operator()) ? fromParameters(parameters) : null;
    return unique(name == null ? node.name() : name);
  }

  /** What the parameters' names have in common, or {@code null} if their endings are not known. */
  static @Nullable String fromParameters(List<String> parameters) {
    for (String parameter : parameters) {
      Matcher matcher = PARAMETER.matcher(parameter);
      if (matcher.matches()) {
        return matcher.group("layer");
      }
    }
    return null;
  }

  /** The name itself, or with the first number behind it that makes it new. */
  String unique(String name) {
    String candidate = name;
    while (!taken.add(candidate)) {
      candidate = name + "_" + (1 + counters.merge(name, 1, Integer::sum));
    }
    return candidate;
  }
}
