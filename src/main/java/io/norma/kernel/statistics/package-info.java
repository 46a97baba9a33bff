/** Moments of channels, running statistics, their blending and the distances between them. */
@NullMarked
package io.norma.kernel.statistics;

import org.jspecify.annotations.NullMarked;
