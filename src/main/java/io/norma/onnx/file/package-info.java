/** ONNX files as they are written, and why one is refused. */
@NullMarked
package io.norma.onnx.file;

import org.jspecify.annotations.NullMarked;
