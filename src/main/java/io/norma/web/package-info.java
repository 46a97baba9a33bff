/** HTTP: controllers, errors and limits. */
@NullMarked
package io.norma.web;

import org.jspecify.annotations.NullMarked;
