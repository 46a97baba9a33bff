package io.norma.onnx.file;

/**
 * A part of a sound ONNX file that has no counterpart here.
 *
 * @param node name of the node, or of the input, output or operator set concerned
 * @param operator its operator with the domain before it, or what kind of part it is
 * @param version operator set of that domain that the file imports
 * @param reason what is not supported about it
 */
public record UnsupportedPart(String node, String operator, long version, String reason) {
  @Override
  public String toString() {
    return "'%s' (%s, operator set %d): %s".formatted(node, operator, version, reason);
  }
}
