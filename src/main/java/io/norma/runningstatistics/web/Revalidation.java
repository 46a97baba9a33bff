package io.norma.runningstatistics.web;

import io.norma.runningstatistics.ExpectedNewest;
import io.norma.runningstatistics.RevisionMetadata;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Entity tags of revisions: {@code "night@3-9f86d081884c"} for JSON, {@code
 * "night@3-9f86d081884c.safetensors"} for the other representation (RFC 9110, sections 8.8.3 and
 * 13.1). The digits are the first of the network's SHA-256: another network's {@code night@3} is
 * another revision.
 */
final class Revalidation {
  private static final Pattern TAG =
      Pattern.compile(
          "\"([A-Za-z0-9][A-Za-z0-9_.-]*)@([1-9][0-9]{0,8})-([0-9a-f]{12})(\\.safetensors)?\"");

  /** Digits of the network's checksum: enough that no two networks of a name have the same. */
  private static final int DIGITS = 12;

  private Revalidation() {}

  static String tag(RevisionMetadata revision, boolean safetensors) {
    return "\""
        + revision.name()
        + "-"
        + revision.network().sha256().substring(0, DIGITS)
        + (safetensors ? ".safetensors" : "")
        + "\"";
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
  static @Nullable ExpectedNewest expectedNewest(HttpServletRequest request, String set) {
    String noneMatch = request.getHeader("If-None-Match");
    String match = request.getHeader("If-Match");
    if (noneMatch != null && match != null) {
      throw new ServingException.Invalid("give If-Match or If-None-Match, not both");
    }
    if (noneMatch != null) {
      if (noneMatch.trim().equals("*")) {
        return new ExpectedNewest(0, null);
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
          "If-Match must be the entity tag of a revision of this set, such as \"%s@3-9f86d081884c\","
                  .formatted(set)
              + " but is "
              + match);
    }
    return new ExpectedNewest(Integer.parseInt(matcher.group(2)), matcher.group(3));
  }
}
