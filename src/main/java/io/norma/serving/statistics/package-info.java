/** Use cases around running statistics: sets, activation, calibration, comparison and drift. */
@NullMarked
package io.norma.serving.statistics;

import org.jspecify.annotations.NullMarked;
