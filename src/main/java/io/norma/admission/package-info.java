/** What takes memory or time is admitted here before it takes it. */
@NullMarked
package io.norma.admission;

import org.jspecify.annotations.NullMarked;
