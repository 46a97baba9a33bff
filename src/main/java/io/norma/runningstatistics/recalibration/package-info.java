/** Running statistics after weights changed: one call with many rows, one revision. */
@NullMarked
package io.norma.runningstatistics.recalibration;

import org.jspecify.annotations.NullMarked;
