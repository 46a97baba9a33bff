/** Steps of execution plans. */
@NullMarked
package io.norma.network.steps;

import org.jspecify.annotations.NullMarked;
