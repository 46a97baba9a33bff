/** Who asks, from where, and what they may do: keys, scopes, addresses, and the pages of others. */
@NullMarked
package io.norma.security;

import org.jspecify.annotations.NullMarked;
