/** Normalization as a service: batches, gradients, and normalizers that remember. */
@NullMarked
package io.norma.serving.normalization;

import org.jspecify.annotations.NullMarked;
