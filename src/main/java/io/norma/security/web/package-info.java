/** What requests meet first. */
@NullMarked
package io.norma.security.web;

import org.jspecify.annotations.NullMarked;
