/** What is asked of a request before any feature sees it. */
@NullMarked
package io.norma.security.web;

import org.jspecify.annotations.NullMarked;
