/** Requests that wait for the same model run together. */
@NullMarked
package io.norma.inference.batching;

import org.jspecify.annotations.NullMarked;
