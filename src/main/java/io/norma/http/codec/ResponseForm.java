package io.norma.http.codec;

import java.util.Map;

/**
 * How the caller wants outputs written.
 *
 * @param binaryByDefault whether outputs of which nothing is said are binary
 * @param binaryByOutput what is said of single outputs
 * @param classesByOutput for an output that is wanted as classes, how many of the best
 */
public record ResponseForm(
    boolean binaryByDefault,
    Map<String, Boolean> binaryByOutput,
    Map<String, Integer> classesByOutput) {
  /** Everything in JSON. */
  public static final ResponseForm JSON = new ResponseForm(false, Map.of(), Map.of());

  boolean isBinary(String output) {
    return binaryByOutput.isEmpty()
        ? binaryByDefault
        : binaryByOutput.getOrDefault(output, binaryByDefault);
  }
}
