package io.norma.network.run;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.NestedMemory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import io.norma.kernel.tensor.Value;
import java.util.List;

/** Memory of a graph within a step, or within a graph within one: on the heap, never planned. */
final class NestedWorkspace implements NestedMemory {
  private final HeapValues heap;
  private final Effort effort;

  /** What the node at hand has asked for. */
  private final HeapValues.Asked asked = new HeapValues.Asked();

  /** What the step or the node around the graph has asked for. */
  private final HeapValues.Asked around;

  NestedWorkspace(HeapValues heap, Effort effort, HeapValues.Asked around) {
    this.heap = heap;
    this.effort = effort;
    this.around = around;
  }

  @Override
  public Tensor allocate(DataType dataType, Shape shape) {
    return heap.allocateCounted(dataType, shape, asked);
  }

  @Override
  public void reserve(long bytes) {
    heap.reserve(bytes, asked);
  }

  @Override
  public void work(long operations) {
    effort.add(operations);
  }

  @Override
  public TensorSequence sequence(DataType dataType, List<Tensor> tensors) {
    return heap.sequence(dataType, tensors, asked);
  }

  @Override
  public NestedMemory nested() {
    return new NestedWorkspace(heap, effort, asked);
  }

  @Override
  public void keep(Value value) {
    heap.keep(value);
  }

  @Override
  public void drop(Value value) {
    heap.drop(value);
  }

  @Override
  public void endNode() {
    heap.end(asked);
    effort.checkTime();
  }

  @Override
  public void countIteration() {
    effort.countIteration();
  }

  @Override
  public void end(Iterable<? extends Value> results) {
    heap.end(asked);
    heap.handOver(results, around);
  }
}
