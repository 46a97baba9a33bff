/** Use cases: which models are served, and what answers a request. */
@NullMarked
package io.norma.serving;

import org.jspecify.annotations.NullMarked;
