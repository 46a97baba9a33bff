/** What survives a restart: models, running statistics, activations and calibrations. */
@NullMarked
package io.norma.store;

import org.jspecify.annotations.NullMarked;
