package io.norma.security;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a key or token is for. Each includes reading what models, sets and counts there are. */
public enum Scope {
  /** Asking models, and normalizing what comes with the request. */
  INFER,
  /** Making running statistics: calibrations, sets, references, normalizers. */
  CALIBRATE,
  /** Deciding which running statistics answer. */
  ACTIVATE,
  /** Models, keys and all the rest; includes the others. */
  ADMIN;

  /** As it is written everywhere. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Several of them in a sentence. */
  static String words(Collection<Scope> scopes, String conjunction) {
    String listed = scopes.stream().sorted().map(Scope::word).collect(Collectors.joining(", "));
    int last = listed.lastIndexOf(", ");
    return last < 0
        ? listed
        : listed.substring(0, last) + " " + conjunction + listed.substring(last + 1);
  }
}
