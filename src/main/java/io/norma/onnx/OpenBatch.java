package io.norma.onnx;

import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.Reshape;
import io.norma.kernel.layer.Resize;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.TensorMetadata;
import io.norma.network.compile.RowIndependence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes a batch that a file fixes to one row for one of any number of rows, where the network
 * provably keeps rows apart: exporters write 1 where they were shown one row. The same 1 stands in
 * shapes that the file gives; there it becomes the extent that comes in.
 */
final class OpenBatch {
  private static final String RENAMED = "/any_rows";

  private final Map<String, Tensor> constants;
  private final Set<String> outputs;
  private final Set<String> taken = new HashSet<>();

  private OpenBatch(Network network) {
    constants = new HashMap<>(network.constants());
    taken.addAll(constants.keySet());
    network.inputs().forEach(input -> taken.add(input.name()));
    network.nodes().forEach(node -> taken.addAll(node.outputs()));
    outputs = network.outputs().stream().map(TensorMetadata::name).collect(Collectors.toSet());
  }

  /** The network that takes any number of rows, or {@code null} if that cannot be shown. */
  static @Nullable Network of(Network network) {
    boolean fixed =
        !network.inputs().isEmpty()
            && network.inputs().stream().allMatch(input -> isOfOneRow(input, 2))
            && network.outputs().stream().allMatch(output -> isOfOneRow(output, 1));
    if (!fixed) {
      return null;
    }
    OpenBatch open = new OpenBatch(network);
    List<Node> nodes = network.nodes().stream().map(open::opened).toList();
    Network opened =
        new Network(
            network.name(),
            network.inputs().stream().map(OpenBatch::opened).toList(),
            network.outputs().stream().map(OpenBatch::opened).toList(),
            nodes,
            open.read(nodes),
            network.batchNormalizations(),
            network.runningStatistics(),
            network.varianceConvention());
    return RowIndependence.of(opened) ? opened : null;
  }

  private static boolean isOfOneRow(TensorMetadata tensor, int leastRank) {
    return tensor.shape().size() >= leastRank && tensor.shape().getFirst() == 1;
  }

  private static TensorMetadata opened(TensorMetadata tensor) {
    List<Long> shape = new ArrayList<>(tensor.shape());
    shape.set(0, TensorMetadata.DYNAMIC);
    return new TensorMetadata(tensor.name(), tensor.elementType(), shape);
  }

  /** The constants that are still read. */
  private Map<String, Tensor> read(List<Node> nodes) {
    Set<String> read =
        nodes.stream().flatMap(node -> node.inputs().stream()).collect(Collectors.toSet());
    constants.keySet().removeIf(name -> !read.contains(name) && !outputs.contains(name));
    return constants;
  }

  private Node opened(Node node) {
    return switch (node.layer()) {
      case Reshape reshape -> reshaped(node, reshape);
      case Resize resize when resize.axes().length == 0 && node.inputs().size() > 3 ->
          resized(node, resize);
      default -> node;
    };
  }

  /**
   * With a 0 in place of the first 1: an extent of 0 is that of the input, unless the file says
   * that it is none at all, which makes no difference where there is no other 0.
   */
  private Node reshaped(Node node, Reshape reshape) {
    int[] attribute = reshape.shape();
    Tensor given = attribute == null ? constants.get(node.inputs().get(1)) : null;
    if (attribute == null && given == null) {
      return node;
    }
    long[] shape =
        given == null ? Arrays.stream(attribute).asLongStream().toArray() : given.toLongArray();
    boolean hasZero = Arrays.stream(shape).anyMatch(extent -> extent == 0);
    if (shape.length == 0 || shape[0] != 1 || (reshape.allowZero() && hasZero)) {
      return node;
    }
    shape[0] = 0;
    if (given == null) {
      int[] opened = Arrays.stream(shape).mapToInt(Math::toIntExact).toArray();
      return with(node, new Reshape(opened, false), node.inputs());
    }
    List<String> inputs = new ArrayList<>(node.inputs());
    inputs.set(1, renamed(inputs.get(1), Tensor.of(Shape.of(shape.length), shape)));
    return with(node, new Reshape(null, false), inputs);
  }

  private static Node with(Node node, Layer layer, List<String> inputs) {
    return new Node(node.name(), node.operator(), layer, inputs, node.outputs());
  }

  /** With sizes for the other axes alone. */
  private Node resized(Node node, Resize resize) {
    Tensor given = constants.get(node.inputs().get(3));
    if (given == null || given.size() < 2 || given.getLong(0) != 1) {
      return node;
    }
    long[] sizes = Arrays.copyOfRange(given.toLongArray(), 1, given.size());
    List<String> inputs = new ArrayList<>(node.inputs());
    inputs.set(3, renamed(inputs.get(3), Tensor.of(Shape.of(sizes.length), sizes)));
    Resize others =
        new Resize(
            resize.resampling(),
            IntStream.rangeClosed(1, sizes.length).toArray(),
            resize.aspectRatio());
    return with(node, others, inputs);
  }

  private String renamed(String name, Tensor value) {
    String renamed = name + RENAMED;
    for (int i = 1; !taken.add(renamed); i++) {
      renamed = name + RENAMED + "_" + i;
    }
    constants.put(renamed, value);
    return renamed;
  }
}
