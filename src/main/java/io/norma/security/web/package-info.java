/**
 * What requests meet first: where they come from, who asks and whether they may; the routes of
 * keys.
 */
@NullMarked
package io.norma.security.web;

import org.jspecify.annotations.NullMarked;
