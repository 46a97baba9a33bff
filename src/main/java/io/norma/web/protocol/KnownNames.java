package io.norma.web.protocol;

import io.norma.serving.EditDistance;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Names that a request may use, for whoever used another. */
public final class KnownNames {
  /** Of three letters one may be wrong. */
  private static final int LETTERS_PER_MISTAKE = 3;

  private KnownNames() {}

  /** What to do in place of using this name: {@code did you mean 'epsilon'? There are …}. */
  public static String insteadOf(String unknown, Collection<String> known) {
    String all = known.isEmpty() ? "there are none" : "there are " + String.join(", ", known);
    return nearest(unknown, known)
        .map(name -> "did you mean '" + name + "'? T" + all.substring(1))
        .orElse(all);
  }

  static Optional<String> nearest(String unknown, Collection<String> known) {
    return known.stream()
        .filter(name -> Math.abs(name.length() - unknown.length()) <= mistakes(name))
        .filter(name -> EditDistance.between(unknown, name) <= mistakes(name))
        .min(Comparator.comparingInt(name -> EditDistance.between(unknown, name)));
  }

  private static int mistakes(String name) {
    return Math.max(1, name.length() / LETTERS_PER_MISTAKE);
  }
}
