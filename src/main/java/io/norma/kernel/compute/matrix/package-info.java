/** Matrix products and the weights packed for them. */
@NullMarked
package io.norma.kernel.compute.matrix;

import org.jspecify.annotations.NullMarked;
