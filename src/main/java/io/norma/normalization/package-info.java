/** Normalization as a service: stateless, and by normalizers that remember. */
@NullMarked
package io.norma.normalization;

import org.jspecify.annotations.NullMarked;
