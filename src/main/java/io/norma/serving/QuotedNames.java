package io.norma.serving;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names in a message, as many and as much of each as a reader can do with. */
public final class QuotedNames {
  private static final int LONGEST = 100;

  private QuotedNames() {}

  /** {@code 'a', 'b' and 17 more}. */
  public static String of(Collection<String> names, int most) {
    String first =
        names.stream().limit(most).map(QuotedNames::quoted).collect(Collectors.joining(", "));
    int more = names.size() - most;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  private static String quoted(String name) {
    return "'" + (name.length() <= LONGEST ? name : name.substring(0, LONGEST) + "…") + "'";
  }
}
