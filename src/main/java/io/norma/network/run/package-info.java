/** Execution plans, and the memory that their runs take. */
@NullMarked
package io.norma.network.run;

import org.jspecify.annotations.NullMarked;
