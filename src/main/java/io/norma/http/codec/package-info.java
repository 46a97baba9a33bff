/** Bodies to and from tensors: JSON, the binary tensor extension, safetensors. */
@NullMarked
package io.norma.http.codec;

import org.jspecify.annotations.NullMarked;
