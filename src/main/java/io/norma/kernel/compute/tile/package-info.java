/** Products in registers: a tile of rows or pixels by output channels, and what ends it. */
@NullMarked
package io.norma.kernel.compute.tile;

import org.jspecify.annotations.NullMarked;
