package io.norma.kernel.tensor;

/**
 * Memory for a graph that a layer computes itself, as a branch or the body of a loop. Nothing of it
 * has a place in a plan, for what runs there may follow elements; all of it is let go as soon as no
 * value needs it.
 *
 * <p>Whoever computes the graph says when names come to stand for values and when they are read for
 * the last time, and ends each node and, once, the graph.
 */
public interface NestedMemory extends Memory {
  /** Notes that one more name stands for a value. */
  void keep(Value value);

  /** Notes that one name less stands for a value. */
  void drop(Value value);

  /** Ends a node: what it asked for and no name stands for is let go. */
  void endNode();

  /**
   * Counts one more iteration of a loop.
   *
   * @throws IllegalArgumentException if the run has had as many as it may
   */
  void countIteration();

  /**
   * Ends the graph: what it gives out goes over to whoever computes the layer.
   *
   * @param results each of them kept once for this purpose
   */
  void end(Iterable<? extends Value> results);
}
