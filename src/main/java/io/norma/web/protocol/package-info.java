/** What goes over the wire: tensors in JSON and in binary, and the records of the V2 protocol. */
@NullMarked
package io.norma.web.protocol;

import org.jspecify.annotations.NullMarked;
