package io.norma.serving;

import java.util.regex.Pattern;

/** What models and versions may be called: names that are safe as folders on any file system. */
public final class ModelName {
  /** The names that are allowed. */
  public static final String PATTERN = "[A-Za-z0-9_]([A-Za-z0-9 ._-]{0,126}[A-Za-z0-9_-])?";

  private static final Pattern NAME = Pattern.compile(PATTERN);
  private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,17}");

  private ModelName() {}

  public static boolean isValid(String name) {
    return NAME.matcher(name).matches();
  }

  public static boolean isVersion(String version) {
    return VERSION.matcher(version).matches();
  }

  /**
   * The name itself.
   *
   * @throws ServingException.Invalid if a model must not be called so
   */
  public static String require(String name) {
    if (!isValid(name)) {
      throw new ServingException.Invalid(
          "'"
              + name
              + "' is no model name: 1 to 128 letters, digits, '_', '-', '.' and spaces are"
              + " allowed, neither starting nor ending with '.' or a space, nor starting with '-'");
    }
    return name;
  }

  /**
   * The version as a number.
   *
   * @throws ServingException.Invalid if it is not a decimal integer above 0
   */
  public static long requireVersion(String version) {
    if (!isVersion(version)) {
      throw new ServingException.Invalid(
          "'" + version + "' is no model version: expected a decimal integer above 0");
    }
    return Long.parseLong(version);
  }
}
