/** Running statistics, activations and calibrations in the database. */
@NullMarked
package io.norma.runningstatistics.store;

import org.jspecify.annotations.NullMarked;
