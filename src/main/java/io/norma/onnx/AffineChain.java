package io.norma.onnx;

import io.norma.network.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Neighbouring nodes that together compute {@code y = (x − mean) · factors + shift}, where all but
 * x are constants.
 *
 * @param end the last of the nodes, which makes y
 * @param mean the constant that is subtracted first, or {@code null}
 * @param shift the constant that is added last, or {@code null}
 * @param nodes all of them
 */
public record AffineChain(
    Node end,
    String x,
    @Nullable String mean,
    List<Factor> factors,
    @Nullable String shift,
    Set<Node> nodes) {
  public AffineChain {
    factors = List.copyOf(factors);
    nodes = Set.copyOf(nodes);
  }

  /** A constant that something is multiplied with, or divided by. */
  public record Factor(String constant, boolean divides) {}

  /** Those of a list of nodes by their last ones; no node is in two of them. */
  public static Map<Node, AffineChain> of(
      List<Node> nodes, List<String> outputs, Predicate<String> isConstant) {
    return of(nodes, new Finder(nodes, outputs, isConstant));
  }

  static Map<Node, AffineChain> of(List<Node> nodes, Finder finder) {
    Map<Node, AffineChain> chains = new HashMap<>();
    Set<Node> taken = new HashSet<>();
    // A chain with its shift is found before the one without.
    for (Node end : nodes.reversed()) {
      AffineChain chain = taken.contains(end) ? null : finder.endingWith(end);
      if (chain != null) {
        chains.put(end, chain);
        taken.addAll(chain.nodes());
      }
    }
    return chains;
  }

  /** Finds chains in a list of nodes. */
  static final class Finder {
    private final Map<String, Node> makers = new HashMap<>();
    private final Map<String, Integer> reads = new HashMap<>();
    private final Predicate<String> isConstant;

    /**
     * @param outputs what the network gives out
     */
    Finder(List<Node> nodes, List<String> outputs, Predicate<String> isConstant) {
      this.isConstant = isConstant;
      for (Node node : nodes) {
        node.outputs().forEach(output -> makers.put(output, node));
        node.inputs().forEach(input -> reads.merge(input, 1, Integer::sum));
      }
      outputs.forEach(output -> reads.merge(output, 1, Integer::sum));
    }

    /** What makes a value, but for nodes that pass it on. */
    @Nullable Node maker(String value) {
      Node maker = makers.get(value);
      return maker != null && isPassing(maker) ? maker(maker.inputs().getFirst()) : maker;
    }

    static boolean isPassing(Node node) {
      return node.layer() instanceof io.norma.kernel.layer.Identity;
    }

    /** The longest chain that ends with a node, or {@code null} if it multiplies nothing. */
    @Nullable AffineChain endingWith(Node end) {
      Set<Node> nodes = new HashSet<>();
      String shift = null;
      Node node = end;
      nodes.add(node);
      if (node.operator().equals("Add")) {
        shift = constantOf(node);
        node = shift == null ? null : below(node, shift, nodes);
      }
      List<Factor> factors = new ArrayList<>();
      String x = "";
      while (node != null && isScaling(node)) {
        String constant = constantOf(node);
        nodes.add(node);
        factors.addFirst(new Factor(String.valueOf(constant), node.operator().equals("Div")));
        x = other(node, constant);
        node = below(node, constant, nodes);
      }
      if (factors.isEmpty()) {
        return null;
      }
      String mean = null;
      if (node != null && node.operator().equals("Sub")) {
        mean = isConstant.test(node.inputs().get(1)) ? node.inputs().get(1) : null;
        if (mean != null) {
          nodes.add(node);
          x = node.inputs().getFirst();
        }
      }
      return new AffineChain(end, x, mean, factors, shift, nodes);
    }

    private boolean isScaling(Node node) {
      String constant = constantOf(node);
      return constant != null
          && (node.operator().equals("Mul")
              || (node.operator().equals("Div") && node.inputs().get(1).equals(constant)));
    }

    /** The only constant among a node's two operands, or {@code null}. */
    private @Nullable String constantOf(Node node) {
      if (node.inputs().size() != 2 || node.outputs().size() != 1) {
        return null;
      }
      boolean first = isConstant.test(node.inputs().get(0));
      boolean second = isConstant.test(node.inputs().get(1));
      return first == second ? null : node.inputs().get(first ? 0 : 1);
    }

    private static String other(Node node, @Nullable String constant) {
      String first = node.inputs().get(0);
      return first.equals(constant) ? node.inputs().get(1) : first;
    }

    /**
     * The node that makes a node's other operand, if nothing else reads what stands between them.
     */
    private @Nullable Node below(Node node, @Nullable String constant, Set<Node> nodes) {
      String value = other(node, constant);
      Node maker = makers.get(value);
      Set<Node> passed = new HashSet<>();
      while (maker != null && isPassing(maker) && reads.getOrDefault(value, 0) == 1) {
        passed.add(maker);
        value = maker.inputs().getFirst();
        maker = makers.get(value);
      }
      if (maker == null || reads.getOrDefault(value, 0) != 1) {
        return null;
      }
      nodes.addAll(passed);
      return maker;
    }
  }
}
