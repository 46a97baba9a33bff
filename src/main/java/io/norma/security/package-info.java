/** Who may do what, and how often. */
@NullMarked
package io.norma.security;

import org.jspecify.annotations.NullMarked;
