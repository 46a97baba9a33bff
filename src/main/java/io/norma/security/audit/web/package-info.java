/** Whom a request's changes are put down to, and the route that tells of them. */
@NullMarked
package io.norma.security.audit.web;

import org.jspecify.annotations.NullMarked;
