package io.norma.network.run;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * In the order of the steps that ask for them, each in the smallest gap that holds it, as an
 * allocator does it that does not know what comes. Takes more memory than {@link PlacementBySize},
 * but hardly more time than there are tensors.
 */
final class PlacementByStep {
  private record Gap(int offset, int length) {}

  private final PriorityQueue<Place> alive =
      new PriorityQueue<>(Comparator.comparingInt((Place place) -> place.last));
  private final NavigableMap<Integer, Integer> gaps = new TreeMap<>();
  private final TreeSet<Gap> gapsByLength =
      new TreeSet<>(Comparator.comparingInt(Gap::length).thenComparingInt(Gap::offset));
  private int length;

  private PlacementByStep() {}

  /** Gives each its offset, and tells how many floats they take together. */
  static int place(List<Place> places) {
    PlacementByStep placement = new PlacementByStep();
    places.stream().sorted(Comparator.comparingInt(place -> place.first)).forEach(placement::add);
    return placement.length;
  }

  private void add(Place place) {
    for (Place over = alive.peek(); over != null && over.last < place.first; over = alive.peek()) {
      alive.remove();
      free(over.offset, over.alignedSize());
    }
    int size = place.alignedSize();
    Gap gap = gapsByLength.ceiling(new Gap(0, size));
    if (size == 0 || gap == null) {
      place.offset = length;
      length = place.end();
    } else {
      remove(gap);
      place.offset = gap.offset;
      put(gap.offset + size, gap.length - size);
    }
    alive.add(place);
  }

  /** Joins what is free with the gaps beside it. */
  private void free(int offset, int size) {
    int from = offset;
    int to = offset + size;
    Map.Entry<Integer, Integer> before = gaps.lowerEntry(offset);
    if (before != null && before.getKey() + before.getValue() == from) {
      from = before.getKey();
      remove(new Gap(before.getKey(), before.getValue()));
    }
    Integer behind = gaps.get(to);
    if (behind != null) {
      remove(new Gap(to, behind));
      to += behind;
    }
    put(from, to - from);
  }

  private void put(int offset, int size) {
    if (size > 0) {
      gaps.put(offset, size);
      gapsByLength.add(new Gap(offset, size));
    }
  }

  private void remove(Gap gap) {
    gaps.remove(gap.offset);
    gapsByLength.remove(gap);
  }
}
