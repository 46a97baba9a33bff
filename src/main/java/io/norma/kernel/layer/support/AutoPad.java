package io.norma.kernel.layer.support;

/** How the padding of a {@link Window} is found, by ONNX's names for {@code auto_pad}. */
public enum AutoPad {
  /** The pads are given. */
  NOTSET,
  /** Output extent {@code ⌈input / stride⌉}; an odd element of padding stands at the end. */
  SAME_UPPER,
  /** Output extent {@code ⌈input / stride⌉}; an odd element of padding stands at the beginning. */
  SAME_LOWER,
  /** No padding. */
  VALID
}
