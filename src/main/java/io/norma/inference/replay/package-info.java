/** Inferences once more, to see whether they come out the same. */
@NullMarked
package io.norma.inference.replay;

import org.jspecify.annotations.NullMarked;
