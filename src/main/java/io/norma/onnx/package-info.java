/** ONNX files turned into networks, with a report of what was found. */
@NullMarked
package io.norma.onnx;

import org.jspecify.annotations.NullMarked;
