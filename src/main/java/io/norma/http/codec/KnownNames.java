package io.norma.http.codec;

import io.norma.serving.EditDistance;
import io.norma.serving.ServingException;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Names that a request may use, for whoever used another. */
public final class KnownNames {
  /** Of three letters one may be wrong. */
  private static final int LETTERS_PER_MISTAKE = 3;

  /** In names of so many letters two may be wrong where one may in others. */
  private static final int LONG_NAME = 8;

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

  /**
   * Refuses a name that is one of ours but for a slip. Any other is let pass, where the V2 protocol
   * has servers pass over what they do not know: so a slip is far less than what {@link #nearest}
   * allows.
   *
   * @param path of the object that has the names
   * @throws ServingException.InvalidField if there is one
   */
  public static void refuseNearMisses(
      String path, Collection<String> names, Collection<String> known) {
    for (String name : names) {
      if (!known.contains(name)) {
        for (String meant : known) {
          if (isSlip(plain(name), plain(meant))) {
            throw Json.invalid(path + name, "is not known; did you mean '" + meant + "'?");
          }
        }
      }
    }
  }

  private static boolean isSlip(String written, String meant) {
    int most = meant.length() < LONG_NAME ? 1 : 2;
    return meant.length() > most
        && !written.isEmpty()
        && written.charAt(0) == meant.charAt(0)
        && Math.abs(written.length() - meant.length()) <= most
        && EditDistance.between(written, meant) <= most;
  }

  /** Whether letters are large and what stands between words is no slip of its own. */
  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[_.-]", "");
  }

  private static int mistakes(String name) {
    return Math.max(1, name.length() / LETTERS_PER_MISTAKE);
  }
}
