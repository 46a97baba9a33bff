/** Whole networks against other runtimes. */
@NullMarked
package io.norma.benchmark;

import org.jspecify.annotations.NullMarked;
