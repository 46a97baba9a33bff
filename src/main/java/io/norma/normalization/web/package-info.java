/** Normalization over HTTP. */
@NullMarked
package io.norma.normalization.web;

import org.jspecify.annotations.NullMarked;
