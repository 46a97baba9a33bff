/** What all features speak: requests and answers, names and identities, refusals. */
@NullMarked
package io.norma.serving;

import org.jspecify.annotations.NullMarked;
