/** One record per layer: its attributes, its formula, its forward computation. */
@NullMarked
package io.norma.kernel.layer;

import org.jspecify.annotations.NullMarked;
