package io.norma.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Cases that are refused, each with a reason or a fragment of it: {@code case: reason}, a line. */
record Refusals(Map<String, String> reasons) {
  private static final String SEPARATOR = ": ";
  private static final String HEADING =
      "# Cases that are refused, each with the reason or a fragment of it.\n";

  static Refusals of(Map<String, String> reasons) {
    return new Refusals(new TreeMap<>(reasons));
  }

  /** Reads a file of them; empty lines and those that begin with {@code #} say nothing. */
  static Refusals read(Path file) {
    Map<String, String> reasons = new TreeMap<>();
    try {
      for (String line : Files.readAllLines(file)) {
        if (!line.isBlank() && !line.startsWith("#")) {
          String[] parts = line.split(SEPARATOR, 2);
          reasons.put(parts[0], parts[1]);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Refusals(reasons);
  }

  /** Where this list is not that of what is refused in truth. */
  List<String> differencesTo(Refusals actual) {
    List<String> differences = new ArrayList<>();
    reasons.forEach((name, fragment) -> {
      String reason = actual.reasons.get(name);
      if (reason == null) {
        differences.add(name + " is not refused any more");
      } else if (!reason.contains(fragment)) {
        differences.add(name + " is refused for another reason");
      }
    });
    actual.reasons.keySet().stream()
        .filter(name -> !reasons.containsKey(name))
        .forEach(name -> differences.add(name + " is refused"));
    return differences;
  }

  /** The file of them. */
  @Override
  public String toString() {
    StringBuilder lines = new StringBuilder(HEADING);
    reasons.forEach((name, reason) ->
        lines.append(name).append(SEPARATOR).append(reason.replace('\n', ' ')).append('\n'));
    return lines.toString();
  }
}
