/** Running statistics: sets, activation, calibration, comparison and drift. */
@NullMarked
package io.norma.runningstatistics;

import org.jspecify.annotations.NullMarked;
