/** Networks, and the execution plans compiled from them. */
@NullMarked
package io.norma.model;

import org.jspecify.annotations.NullMarked;
