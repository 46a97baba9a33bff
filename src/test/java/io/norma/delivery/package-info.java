/** Tests of what carries the service to machines: image, chart, contract and clients. */
@NullMarked
package io.norma.delivery;

import org.jspecify.annotations.NullMarked;
