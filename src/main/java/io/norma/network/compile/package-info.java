/** Networks to steps: what is fused, what is independent of other rows, which layout. */
@NullMarked
package io.norma.network.compile;

import org.jspecify.annotations.NullMarked;
