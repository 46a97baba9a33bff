/** Routes of references. */
@NullMarked
package io.norma.references.web;

import org.jspecify.annotations.NullMarked;
