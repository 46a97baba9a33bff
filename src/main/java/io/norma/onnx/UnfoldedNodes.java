package io.norma.onnx;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimitException;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.NodeLimit;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;

/**
 * Counts the nodes that functions unfold to: a few that call each other, or one of a long name, can
 * stand for any number of bytes.
 */
final class UnfoldedNodes {
  private static final int MOST_CALLS = 1_000_000;

  /** Of a node and what becomes of it until the import ends, without its names. */
  private static final int NODE_BYTES = 1 << 10;

  private final MemoryBudget budget;
  private final NodeLimit limit;
  private final TimeLimit.Deadline deadline;
  private long reserved;
  private long nodes;
  private int calls;

  /**
   * @param model whose own nodes count, too
   * @throws WorkLimitException if these alone are too many
   */
  UnfoldedNodes(ImportLimits limits, ModelProto model, TimeLimit.Deadline deadline) {
    budget = limits.memory();
    limit = limits.nodes();
    this.deadline = deadline;
    nodes = nodes(model.getGraph());
    limit.require(nodes);
  }

  private static long nodes(GraphProto graph) {
    long nodes = graph.getNodeCount();
    for (NodeProto node : graph.getNodeList()) {
      for (AttributeProto attribute : node.getAttributeList()) {
        nodes += attribute.hasG() ? nodes(attribute.getG()) : 0;
        for (GraphProto inner : attribute.getGraphsList()) {
          nodes += nodes(inner);
        }
      }
    }
    return nodes;
  }

  /**
   * Counts a call, and gives its number.
   *
   * @throws MalformedOnnxException if there are too many
   */
  int addCall() {
    deadline.check();
    if (calls == MOST_CALLS) {
      throw new MalformedOnnxException(
          "the model's functions unfold to more than " + MOST_CALLS + " calls");
    }
    return calls++;
  }

  /**
   * Counts a node of a function.
   *
   * @throws WorkLimitException if there are too many
   * @throws MemoryLimitException if the budget does not have its bytes
   */
  void add(NodeProto node) {
    nodes++;
    limit.require(nodes);
    long characters = node.getName().length();
    for (String value : node.getInputList()) {
      characters += value.length();
    }
    for (String value : node.getOutputList()) {
      characters += value.length();
    }
    long bytes = NODE_BYTES + 2 * characters;
    try {
      budget.reserve(bytes, reserved);
    } catch (MemoryLimitException e) {
      throw e.of("the nodes that the model's functions unfold to: ");
    }
    reserved += bytes;
  }

  /** Gives back what was reserved. */
  void release() {
    budget.release(reserved);
    reserved = 0;
  }
}
