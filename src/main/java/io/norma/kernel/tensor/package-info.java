/** Dense row-major tensors: what layers read and write. */
@NullMarked
package io.norma.kernel.tensor;

import org.jspecify.annotations.NullMarked;
