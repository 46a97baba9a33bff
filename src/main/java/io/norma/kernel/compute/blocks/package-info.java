/** Maps and rows in blocks of channels: their geometry, pooling, gates and affine maps. */
@NullMarked
package io.norma.kernel.compute.blocks;

import org.jspecify.annotations.NullMarked;
