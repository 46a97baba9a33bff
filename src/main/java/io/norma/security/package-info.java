/** Who asks, and what they may do: keys, scopes, and the models that either is bound to. */
@NullMarked
package io.norma.security;

import org.jspecify.annotations.NullMarked;
