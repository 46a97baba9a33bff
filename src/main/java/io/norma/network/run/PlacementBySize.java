package io.norma.network.run;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The largest first, each at the lowest offset that is free during its life (Pisarchyk and Lee
 * 2020, "Greedy by Size for Offset Calculation"). Takes little memory, but time that grows with the
 * square of the number.
 */
final class PlacementBySize {
  private PlacementBySize() {}

  /** Gives each its offset, and tells how many floats they take together. */
  static int place(List<Place> places) {
    List<Place> placed = new ArrayList<>();
    int length = 0;
    for (Place place :
        places.stream().sorted(Comparator.comparingInt(Place::size).reversed()).toList()) {
      place.offset = lowestFreeOffset(place, placed);
      length = Math.max(length, place.end());
      int position = 0;
      while (position < placed.size() && placed.get(position).offset < place.offset) {
        position++;
      }
      placed.add(position, place);
    }
    return length;
  }

  private static int lowestFreeOffset(Place place, List<Place> placedByOffset) {
    int offset = 0;
    for (Place other : placedByOffset) {
      boolean together = other.first <= place.last && place.first <= other.last;
      if (together && other.offset < offset + place.alignedSize()) {
        offset = Math.max(offset, other.end());
      }
    }
    return offset;
  }
}
