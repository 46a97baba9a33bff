/** Layers that compute graphs of their own: branches and loops. */
@NullMarked
package io.norma.network.control;

import org.jspecify.annotations.NullMarked;
