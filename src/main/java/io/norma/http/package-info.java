/** HTTP for all features, of which it knows none: filters, bodies, limits, errors. */
@NullMarked
package io.norma.http;

import org.jspecify.annotations.NullMarked;
