package io.norma.onnx;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.proto.NodeProto;

/**
 * Counts the nodes that functions unfold to: a few that call each other, or one of a long name, can
 * stand for any number of bytes.
 */
final class UnfoldedNodes {
  private static final int MOST = 1_000_000;

  /** Of a node and what becomes of it until the import ends, without its names. */
  private static final int NODE_BYTES = 1 << 10;

  private final MemoryBudget budget;
  private long reserved;
  private int nodes;
  private int calls;

  UnfoldedNodes(MemoryBudget budget) {
    this.budget = budget;
  }

  /**
   * Counts a call, and gives its number.
   *
   * @throws MalformedOnnxException if there are too many
   */
  int addCall() {
    if (calls == MOST) {
      throw new MalformedOnnxException(
          "the model's functions unfold to more than " + MOST + " calls");
    }
    return calls++;
  }

  /**
   * Counts a node of a function.
   *
   * @throws MalformedOnnxException if there are too many
   * @throws MemoryLimitException if the budget does not have its bytes
   */
  void add(NodeProto node) {
    if (nodes == MOST) {
      throw new MalformedOnnxException(
          "the model's functions unfold to more than " + MOST + " nodes");
    }
    nodes++;
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
