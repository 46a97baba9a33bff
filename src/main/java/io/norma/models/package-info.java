/** Models: where they come from, how they are loaded, warmed, replaced and removed. */
@NullMarked
package io.norma.models;

import org.jspecify.annotations.NullMarked;
