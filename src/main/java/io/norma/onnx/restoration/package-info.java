/** Batch normalizations that an exporter folded into weights, brought back from a checkpoint. */
@NullMarked
package io.norma.onnx.restoration;

import org.jspecify.annotations.NullMarked;
