package io.norma.http.codec;

import java.util.Map;

/**
 * How the caller wants outputs written.
 *
 * @param binaryByDefault whether outputs of which nothing is said are binary
 * @param binaryByOutput what is said of single outputs
 * @param classesByOutput for an output that is wanted as classes, how many of the best
 * @param array whether the only output is answered as a NumPy array, and nothing else
 */
public record ResponseForm(
    boolean binaryByDefault,
    Map<String, Boolean> binaryByOutput,
    Map<String, Integer> classesByOutput,
    boolean array) {
  /** Everything in JSON. */
  public static final ResponseForm JSON = new ResponseForm(false, Map.of(), Map.of());

  /** All outputs in binary behind the JSON. */
  public static final ResponseForm BINARY = new ResponseForm(true, Map.of(), Map.of());

  /** The only output as a NumPy array. */
  public static final ResponseForm ARRAY = new ResponseForm(false, Map.of(), Map.of(), true);

  /** In JSON, with or without bytes behind it. */
  public ResponseForm(
      boolean binaryByDefault,
      Map<String, Boolean> binaryByOutput,
      Map<String, Integer> classesByOutput) {
    this(binaryByDefault, binaryByOutput, classesByOutput, false);
  }

  boolean isBinary(String output) {
    return binaryByOutput.isEmpty()
        ? binaryByDefault
        : binaryByOutput.getOrDefault(output, binaryByDefault);
  }
}
