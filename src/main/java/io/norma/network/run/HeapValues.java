package io.norma.network.run;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import io.norma.kernel.tensor.Value;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * What a run has on the heap: reserved before it is there, until no value of the run needs it.
 * Arrays and sequences equal themselves alone.
 */
final class HeapValues {
  /** What an object of a sequence, or of a value in a loop, takes besides its elements. */
  private static final long OBJECT_BYTES = 128;

  private final MemoryBudget budget;
  private final IdentityHashMap<Object, Held> held = new IdentityHashMap<>();
  private long reserved;

  /** Something on the heap, and how many names of the run stand for values in it. */
  private static final class Held {
    private final Object object;
    private final long bytes;
    private int names;

    private Held(Object object, long bytes) {
      this.object = object;
      this.bytes = bytes;
    }
  }

  /** What one step, or one node of a nested graph, has asked for. */
  static final class Asked {
    private final List<Held> objects = new ArrayList<>();
  }

  HeapValues(MemoryBudget budget) {
    this.budget = budget;
  }

  /** Bytes that are reserved now, what is not on the heap included. */
  long reserved() {
    return reserved;
  }

  /** Reserves bytes for whatever the caller counts itself. */
  void take(long bytes) {
    budget.reserve(bytes, reserved);
    reserved += bytes;
  }

  /** Gives back bytes that were taken. */
  void giveBack(long bytes) {
    budget.release(bytes);
    reserved -= bytes;
  }

  static long bytes(DataType dataType, Shape shape) {
    return (long) shape.size() * dataType.bytes();
  }

  /** Takes bytes for a value. */
  void take(long bytes, DataType dataType, Shape shape) {
    try {
      take(bytes);
    } catch (MemoryLimitException e) {
      throw e.of(
          "a value of %s%s takes %d bytes, and with what the run holds besides "
              .formatted(dataType, shape, bytes));
    }
  }

  Tensor allocate(DataType dataType, Shape shape, Asked asked) {
    return allocate(dataType, shape, bytes(dataType, shape), asked);
  }

  /** A tensor of which there may be any number: the object counts, too. */
  Tensor allocateCounted(DataType dataType, Shape shape, Asked asked) {
    return allocate(dataType, shape, bytes(dataType, shape) + OBJECT_BYTES, asked);
  }

  private Tensor allocate(DataType dataType, Shape shape, long bytes, Asked asked) {
    take(bytes, dataType, shape);
    Tensor tensor = Tensor.zeros(dataType, shape);
    hold(tensor.array(), bytes, asked);
    return tensor;
  }

  TensorSequence sequence(DataType dataType, List<Tensor> tensors, Asked asked) {
    long bytes = OBJECT_BYTES * (1L + tensors.size());
    try {
      take(bytes);
    } catch (MemoryLimitException e) {
      throw e.of(
          "a sequence of %d tensors takes %d bytes besides them, and with what the run holds besides "
              .formatted(tensors.size(), bytes));
    }
    TensorSequence sequence = TensorSequence.of(dataType, tensors);
    hold(sequence, bytes, asked);
    return sequence;
  }

  void reserve(long bytes, Asked asked) {
    try {
      take(bytes);
    } catch (MemoryLimitException e) {
      throw e.of(
          "tables of a layer take %d bytes, and with what the run holds besides ".formatted(bytes));
    }
    hold(new Object(), bytes, asked);
  }

  private void hold(Object object, long bytes, Asked asked) {
    Held held = new Held(object, bytes);
    this.held.put(object, held);
    asked.objects.add(held);
  }

  /** Notes that one more name stands for a value. */
  void keep(Value value) {
    if (held.isEmpty()) {
      return;
    }
    if (value instanceof Tensor tensor) {
      keepObject(tensor.array());
    } else {
      keepObject(value);
      value.tensors().forEach(tensor -> keepObject(tensor.array()));
    }
  }

  private void keepObject(Object object) {
    Held known = held.get(object);
    if (known != null) {
      known.names++;
    }
  }

  /** Notes that one name less stands for a value. */
  void drop(Value value) {
    if (held.isEmpty()) {
      return;
    }
    if (value instanceof Tensor tensor) {
      dropObject(tensor.array());
    } else {
      dropObject(value);
      value.tensors().forEach(tensor -> dropObject(tensor.array()));
    }
  }

  private void dropObject(Object object) {
    Held known = held.get(object);
    if (known != null && --known.names == 0) {
      release(known);
    }
  }

  /** Lets go of what was asked for and no name stands for. */
  void end(Asked asked) {
    for (Held object : asked.objects) {
      if (object.names == 0) {
        release(object);
      }
    }
    asked.objects.clear();
  }

  /**
   * Hands values over that were kept once for the purpose: from now on they are as if they had just
   * been asked for elsewhere.
   */
  void handOver(Iterable<? extends Value> values, Asked receiver) {
    for (Value value : values) {
      if (!(value instanceof Tensor)) {
        handOverObject(value, receiver);
      }
      value.tensors().forEach(tensor -> handOverObject(tensor.array(), receiver));
    }
  }

  private void handOverObject(Object object, Asked receiver) {
    Held known = held.get(object);
    if (known != null) {
      known.names--;
      receiver.objects.add(known);
    }
  }

  /**
   * Forgets a value's array if it is on the heap and holds nothing else, and tells how many bytes
   * stay reserved for it; −1 if not.
   */
  long handOut(Tensor value) {
    Held own = held.get(value.array());
    if (own == null || Array.getLength(own.object) != value.size()) {
      return -1;
    }
    held.remove(own.object);
    return own.bytes;
  }

  private void release(Held object) {
    if (held.remove(object.object) != null) {
      giveBack(object.bytes);
    }
  }

  /** Lets go of everything. */
  void clear() {
    held.values().forEach(object -> giveBack(object.bytes));
    held.clear();
  }
}
