/** Reference statistics: what a network's layers put out on clean data. */
@NullMarked
package io.norma.references;

import org.jspecify.annotations.NullMarked;
