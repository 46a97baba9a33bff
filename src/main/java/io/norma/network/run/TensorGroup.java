package io.norma.network.run;

import java.util.ArrayList;
import java.util.List;

/**
 * Tensors that are laid out together because some hold others: with a part where the whole needs
 * it, nothing is left to copy. A tensor alone is a group of one.
 *
 * <p>Two members overlap only where they have the same elements. To that end the group's memory is
 * cut into slots, each written by one tensor, its owner, and every member is a row of whole slots.
 */
final class TensorGroup {
  /** Places from (inclusive) to (exclusive). */
  private record Slot(int from, int to, TensorLife owner) {
    Slot moved(int distance) {
      return new Slot(from + distance, to + distance, owner);
    }

    boolean overlaps(Slot other) {
      return from < other.to && other.from < to;
    }

    boolean isWithin(Slot other) {
      return other.from <= from && to <= other.to;
    }
  }

  /** A part of a whole, from this element of it on. */
  record Part(int from, TensorLife life) {}

  /** So that to lay out many joins, each of what others joined, does not take their square. */
  private static final int MOST_SLOTS = 512;

  private final List<TensorLife> members = new ArrayList<>();
  private final List<Slot> slots = new ArrayList<>();

  TensorGroup(TensorLife alone) {
    members.add(alone);
    slots.add(new Slot(0, alone.size, alone));
  }

  /**
   * Lays out parts inside a whole that has nobody else in its group, as many as can be: a part that
   * has to be elsewhere, or whose group would have other elements in the whole's place, stays where
   * it is, to be copied.
   *
   * @param parts in their order, with no element in two of them
   */
  static void join(TensorLife whole, List<Part> parts) {
    TensorGroup joined = whole.group;
    joined.slots.clear();
    List<Slot> wanted = new ArrayList<>();
    for (Part part : parts) {
      wanted.add(new Slot(part.from, part.from + part.life.size, part.life));
    }
    Slot all = new Slot(whole.place, whole.place + whole.size, whole);
    for (Slot slot : wanted) {
      TensorGroup group = slot.owner.group;
      if (group != joined && joined.hasRoomFor(group, slot, wanted, all)) {
        joined.take(group, slot.from - slot.owner.place);
      }
    }
    int written = 0;
    for (Slot slot : wanted) {
      if (slot.owner.group == joined && slot.owner.place == slot.from) {
        joined.addUnlessEmpty(new Slot(written, slot.from, whole));
        written = slot.to;
      }
    }
    joined.addUnlessEmpty(new Slot(written, whole.size, whole));
  }

  private boolean hasRoomFor(TensorGroup group, Slot part, List<Slot> wanted, Slot whole) {
    if (slots.size() + group.slots.size() > MOST_SLOTS) {
      return false;
    }
    for (Slot slot : group.slots) {
      Slot moved = slot.moved(part.from - part.owner.place);
      boolean fits = !moved.overlaps(whole) || moved.isWithin(part) || wanted.contains(moved);
      if (!fits || slots.stream().anyMatch(moved::overlaps)) {
        return false;
      }
    }
    return true;
  }

  private void take(TensorGroup group, int distance) {
    for (TensorLife member : group.members) {
      member.group = this;
      member.place += distance;
      members.add(member);
    }
    for (Slot slot : group.slots) {
      slots.add(slot.moved(distance));
    }
  }

  private void addUnlessEmpty(Slot slot) {
    if (slot.from < slot.to) {
      slots.add(slot);
    }
  }

  List<TensorLife> members() {
    return members;
  }

  /** The lowest place. */
  int start() {
    return members.stream().mapToInt(member -> member.place).min().orElseThrow();
  }

  /** Floats from the lowest place to the highest. */
  int size() {
    return members.stream().mapToInt(member -> member.place + member.size).max().orElseThrow()
        - start();
  }

  /** The step from which on the memory is needed. */
  int first() {
    return members.stream().mapToInt(member -> member.first).min().orElseThrow();
  }

  /** The step until which the memory is needed. */
  int last() {
    return members.stream().mapToInt(member -> member.last).max().orElseThrow();
  }
}
