/** Images as bodies of inferences: from a PNG or a JPEG to a network's input. */
@NullMarked
package io.norma.http.codec.image;

import org.jspecify.annotations.NullMarked;
