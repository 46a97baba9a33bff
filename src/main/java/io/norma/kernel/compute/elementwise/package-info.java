/** Element by element: functions, binary operations with broadcasting, and copies. */
@NullMarked
package io.norma.kernel.compute.elementwise;

import org.jspecify.annotations.NullMarked;
