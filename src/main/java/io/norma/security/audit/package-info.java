/** Who changed what, and when: what the changes themselves write down, to be read and kept. */
@NullMarked
package io.norma.security.audit;

import org.jspecify.annotations.NullMarked;
