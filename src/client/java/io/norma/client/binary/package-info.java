/** Inference with binary tensors, beside the client that is generated from the contract. */
@NullMarked
package io.norma.client.binary;

import org.jspecify.annotations.NullMarked;
