package io.norma.web;

import io.norma.serving.ServingException;
import io.norma.store.RevisionName;
import jakarta.servlet.http.HttpServletRequest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Entity tags of revisions: {@code "night@3"} for JSON, {@code "night@3.safetensors"} for the other
 * representation (RFC 9110, sections 8.8.3 and 13.1).
 */
final class Revalidation {
  private static final Pattern TAG =
      Pattern.compile("\"([A-Za-z0-9][A-Za-z0-9_.-]*)@([1-9][0-9]{0,8})(\\.safetensors)?\"");

  private Revalidation() {}

  static String tag(RevisionName name, boolean safetensors) {
    return "\"" + name + (safetensors ? ".safetensors" : "") + "\"";
  }

  /** Whether the caller has this already. */
  static boolean isFresh(HttpServletRequest request, String tag) {
    String header = request.getHeader("If-None-Match");
    if (header == null) {
      return false;
    }
    for (String part : header.split(",", -1)) {
      String candidate = part.trim();
      if (candidate.equals("*") || candidate.equals(tag) || candidate.equals("W/" + tag)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The revision that a writer expects to be the newest: 0 for none ({@code If-None-Match: *}),
   * {@code null} where it does not care.
   */
  static @Nullable Integer expectedNewest(HttpServletRequest request, String set) {
    String noneMatch = request.getHeader("If-None-Match");
    String match = request.getHeader("If-Match");
    if (noneMatch != null && match != null) {
      throw new ServingException.Invalid("give If-Match or If-None-Match, not both");
    }
    if (noneMatch != null) {
      if (noneMatch.trim().equals("*")) {
        return 0;
      }
      throw new ServingException.Invalid(
          "If-None-Match can only be * here: the set must not be there yet");
    }
    if (match == null) {
      return null;
    }
    Matcher matcher = TAG.matcher(match.trim());
    if (!matcher.matches() || !matcher.group(1).equals(set)) {
      throw new ServingException.Invalid(
          "If-Match must be the entity tag of a revision of this set, such as \"%s@3\", but is %s"
              .formatted(set, match));
    }
    return Integer.valueOf(matcher.group(2));
  }
}
