/** Inference and request counts by the V2 protocol over HTTP. */
@NullMarked
package io.norma.inference.web;

import org.jspecify.annotations.NullMarked;
