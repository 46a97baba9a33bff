/** Operators of ONNX to layers. */
@NullMarked
package io.norma.onnx.operators;

import org.jspecify.annotations.NullMarked;
