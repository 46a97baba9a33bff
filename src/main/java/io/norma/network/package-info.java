/** Networks: layers, weights, and the running statistics bound to them. */
@NullMarked
package io.norma.network;

import org.jspecify.annotations.NullMarked;
