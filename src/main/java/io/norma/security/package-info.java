/** Who may do what: addresses, pages of others, keys, scopes. */
@NullMarked
package io.norma.security;

import org.jspecify.annotations.NullMarked;
