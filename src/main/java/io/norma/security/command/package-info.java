/** Keys from the command line, for when nobody has one yet. */
@NullMarked
package io.norma.security.command;

import org.jspecify.annotations.NullMarked;
