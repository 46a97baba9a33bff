package io.norma.onnx;

/**
 * Names that running statistics can be stored under: databases bound their length, and not all of
 * them take every character.
 */
public final class StorableNames {
  private static final int LONGEST = 512;
  private static final int SHOWN_AT_EACH_END = 24;

  private StorableNames() {}

  public static boolean isStorable(String name) {
    return name.length() <= LONGEST && name.chars().noneMatch(Character::isISOControl);
  }

  /** A name to be read: what cannot be seen is escaped, and the middle of a long one left out. */
  static String shown(String name) {
    if (name.length() <= 2 * SHOWN_AT_EACH_END) {
      return "'" + escaped(name) + "'";
    }
    return "'%s…%s' (%d characters)"
        .formatted(
            escaped(name.substring(0, SHOWN_AT_EACH_END)),
            escaped(name.substring(name.length() - SHOWN_AT_EACH_END)),
            name.length());
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      if (Character.isISOControl(character) || Character.isSurrogate(character)) {
        escaped.append("\\u%04x".formatted((int) character));
      } else {
        escaped.append(character);
      }
    }
    return escaped.toString();
  }
}
