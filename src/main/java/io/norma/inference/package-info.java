/** Inference: a request is checked, admitted, computed and counted. */
@NullMarked
package io.norma.inference;

import org.jspecify.annotations.NullMarked;
