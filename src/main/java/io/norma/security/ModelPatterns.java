package io.norma.security;

import java.util.Collection;
import java.util.List;

/**
 * Which models somebody may see, by their names: {@code resnet*} for all that begin so, {@code *}
 * for all.
 */
public final class ModelPatterns {
  /** All models, those to come as well. */
  public static final ModelPatterns ALL = new ModelPatterns(List.of("*"));

  private static final int MOST = 100;
  private static final int LONGEST = 128;

  private final List<String> patterns;
  private final boolean all;

  private ModelPatterns(List<String> patterns) {
    this.patterns = patterns;
    all = patterns.contains("*");
  }

  /**
   * Some of them; with none, no model is seen.
   *
   * @throws IllegalArgumentException if there are too many, or one is empty, too long, or has
   *     characters that no model's name has
   */
  public static ModelPatterns of(Collection<String> patterns) {
    if (patterns.size() > MOST) {
      throw new IllegalArgumentException(
          "there are %d patterns, more than %d".formatted(patterns.size(), MOST));
    }
    for (String pattern : patterns) {
      if (pattern.isBlank() || pattern.length() > LONGEST) {
        throw new IllegalArgumentException(
            "a pattern of models must have 1 to %d characters, but has %d"
                .formatted(LONGEST, pattern.length()));
      }
      if (!pattern.chars().allMatch(ModelPatterns::isOfNames)) {
        throw new IllegalArgumentException(
            "a pattern of models must have letters, digits, '_', '-', '.', spaces and '*' alone");
      }
    }
    return new ModelPatterns(patterns.stream().distinct().toList());
  }

  private static boolean isOfNames(int c) {
    return Character.isLetterOrDigit(c) || "_-. *".indexOf(c) >= 0;
  }

  public boolean isAll() {
    return all;
  }

  /** Whether one of them is for a model. */
  public boolean matches(String model) {
    if (all) {
      return true;
    }
    for (String pattern : patterns) {
      if (matches(pattern, model)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a pattern fits all of a name. The last star that was met is the only one to be given
   * more, so that no pattern takes longer than the product of both lengths.
   */
  private static boolean matches(String pattern, String name) {
    int p = 0;
    int star = -1;
    int resume = 0;
    for (int n = 0; n < name.length(); ) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resume = n;
      } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  /** As they were given. */
  public List<String> patterns() {
    return patterns;
  }

  @Override
  public String toString() {
    return patterns.toString();
  }
}
