package io.norma.runningstatistics;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A revision of a statistics set, written {@code night@3}.
 *
 * @param set 1 to 128 letters, digits, {@code _}, {@code -} and {@code .}, the first a letter or a
 *     digit
 * @param revision from 1 on
 */
public record RevisionName(String set, int revision) {
  private static final Pattern SET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");
  private static final Pattern REVISION = Pattern.compile("(.+)@([1-9][0-9]{0,8})");

  /** What came in the model's file; every version of every model has it, and it is never stored. */
  public static final RevisionName IMPORTED = new RevisionName("default", 1);

  public RevisionName {
    requireSet(set);
    if (revision < 1) {
      throw new IllegalArgumentException("revisions count from 1, got " + revision);
    }
  }

  /**
   * Reads {@code set@revision}.
   *
   * @throws IllegalArgumentException if it is written otherwise
   */
  public static RevisionName parse(String text) {
    Matcher matcher = REVISION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "expected a revision written as set@number, such as night@3, got '" + text + "'");
    }
    return new RevisionName(matcher.group(1), Integer.parseInt(matcher.group(2)));
  }

  /**
   * The name itself.
   *
   * @throws IllegalArgumentException if a set must not be called so
   */
  public static String requireSet(String set) {
    if (!SET.matcher(set).matches()) {
      throw new IllegalArgumentException(
          "'"
              + set
              + "' is no name for a statistics set: 1 to 128 letters, digits, '_', '-' and '.' are"
              + " allowed, the first a letter or a digit");
    }
    return set;
  }

  @Override
  public String toString() {
    return set + "@" + revision;
  }
}
