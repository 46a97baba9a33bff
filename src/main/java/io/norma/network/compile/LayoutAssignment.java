package io.norma.network.compile;

import io.norma.network.steps.LayoutStep;
import io.norma.network.steps.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * In which layouts each value is at hand while steps are laid out one after another, and the
 * conversions that are needed where a step wants the other one.
 */
final class LayoutAssignment {
  private final List<Step> steps;
  private final Map<String, Integer> channelsOfBlocked = new HashMap<>();
  private final Set<String> blockedOnly = new HashSet<>();
  private final Set<String> converted = new HashSet<>();

  LayoutAssignment(List<Step> steps) {
    this.steps = steps;
  }

  /** The name that a value's blocks go by. */
  static String blockedName(String value) {
    return value + " in blocks";
  }

  /** Notes that the steps so far make a value in blocks, and not in planes. */
  void madeInBlocks(String value, int channels) {
    channelsOfBlocked.put(value, channels);
    blockedOnly.add(value);
  }

  /** C of a value that is at hand in blocks; {@code null} if it is not. */
  @Nullable Integer channelsInBlocks(String value) {
    return channelsOfBlocked.get(value);
  }

  /** The value's blocks, converted if need be. */
  String inBlocks(String value, int channels) {
    if (!channelsOfBlocked.containsKey(value)) {
      steps.add(new LayoutStep(value, blockedName(value), channels, true));
      channelsOfBlocked.put(value, channels);
    }
    return blockedName(value);
  }

  /** The value as the network has it, converted if need be. */
  String inPlanes(String value) {
    Integer channels = channelsOfBlocked.get(value);
    if (channels != null && blockedOnly.contains(value) && converted.add(value)) {
      steps.add(new LayoutStep(blockedName(value), value, channels, false));
    }
    return value;
  }

  List<String> inPlanes(List<String> values) {
    List<String> names = new ArrayList<>();
    values.forEach(value -> names.add(inPlanes(value)));
    return names;
  }

  /** Whether all values are at hand in blocks. */
  boolean areInBlocks(List<String> values) {
    return channelsOfBlocked.keySet().containsAll(values);
  }
}
