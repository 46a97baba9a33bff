/**
 * What all stores need: transactions, the networks that everything hangs on, keys that count once.
 */
@NullMarked
package io.norma.store;

import org.jspecify.annotations.NullMarked;
