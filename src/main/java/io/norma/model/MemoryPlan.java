package io.norma.model;

import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Where in a workspace each FP32 tensor of a run goes, for one set of input shapes: tensors that
 * are never alive together share memory. Made by watching a first run on heap memory.
 *
 * <p>Placement is greedy by size, largest first, at the lowest offset free during the tensor's life
 * (Pisarchyk and Lee 2020, "Greedy by Size for Offset Calculation").
 */
final class MemoryPlan {
  /** Elements that a tensor is aligned to: one cache line of floats. */
  private static final int ALIGNMENT = 16;

  private final int[][] offsets;
  private final int[][] sizes;
  private final int length;

  private MemoryPlan(int[][] offsets, int[][] sizes, int length) {
    this.offsets = offsets;
    this.sizes = sizes;
    this.length = length;
  }

  /** Floats that the workspace must hold. */
  int length() {
    return length;
  }

  /**
   * Offset of the {@code ordinal}-th tensor that a step asks for, or −1 if it was not foreseen so
   * large.
   */
  int offset(int step, int ordinal, int size) {
    return ordinal < sizes[step].length && size <= sizes[step][ordinal]
        ? offsets[step][ordinal]
        : -1;
  }

  /** Watches one run: which tensors each step asks for, and which steps read them later. */
  static final class Recorder {
    private final List<List<Life>> steps = new ArrayList<>();

    /**
     * Arrays equal themselves alone. Weak, so that a first run holds no more than it still reads.
     */
    private final Map<Object, Life> livesByArray = new WeakHashMap<>();

    void beginStep() {
      steps.add(new ArrayList<>());
    }

    void allocated(Tensor tensor) {
      Life life = new Life(tensor.size(), steps.size() - 1);
      steps.getLast().add(life);
      livesByArray.put(tensor.array(), life);
    }

    /** Notes that a value is needed at the current step, by whichever name it goes. */
    void used(Tensor tensor) {
      usedUntil(tensor, steps.size() - 1);
    }

    /** Notes that a value is needed until the run ends. */
    void usedAtEnd(Tensor tensor) {
      usedUntil(tensor, Integer.MAX_VALUE);
    }

    private void usedUntil(Tensor tensor, int step) {
      Life life = livesByArray.get(tensor.array());
      if (life != null) {
        life.last = Math.max(life.last, step);
      }
    }

    MemoryPlan plan() {
      List<Life> lives =
          steps.stream()
              .flatMap(List::stream)
              .sorted(Comparator.comparingInt((Life life) -> life.size).reversed())
              .toList();
      List<Life> placed = new ArrayList<>();
      int length = 0;
      for (Life life : lives) {
        life.offset = lowestFreeOffset(life, placed);
        length = Math.max(length, Math.addExact(life.offset, aligned(life.size)));
        int position = 0;
        while (position < placed.size() && placed.get(position).offset < life.offset) {
          position++;
        }
        placed.add(position, life);
      }
      return new MemoryPlan(
          steps.stream()
              .map(s -> s.stream().mapToInt(l -> l.offset).toArray())
              .toArray(int[][]::new),
          steps.stream().map(s -> s.stream().mapToInt(l -> l.size).toArray()).toArray(int[][]::new),
          length);
    }

    private static int lowestFreeOffset(Life life, List<Life> placedByOffset) {
      int offset = 0;
      for (Life other : placedByOffset) {
        boolean together = other.first <= life.last && life.first <= other.last;
        if (together && other.offset < offset + aligned(life.size)) {
          offset = Math.max(offset, other.offset + aligned(other.size));
        }
      }
      return offset;
    }

    private static int aligned(int size) {
      return Math.addExact(size, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
  }

  /** A tensor's size, and the steps from the one that asks for it to the last one that reads it. */
  private static final class Life {
    private final int size;
    private final int first;
    private int last;
    private int offset;

    private Life(int size, int step) {
      this.size = size;
      this.first = step;
      this.last = step;
    }
  }
}
