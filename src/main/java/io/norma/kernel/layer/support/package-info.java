/** What layers share: axes, windows, indices, interpolation. */
@NullMarked
package io.norma.kernel.layer.support;

import org.jspecify.annotations.NullMarked;
