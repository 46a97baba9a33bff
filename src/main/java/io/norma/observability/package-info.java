/** Metrics and health, fed by what the use cases tell their observers. */
@NullMarked
package io.norma.observability;

import org.jspecify.annotations.NullMarked;
