/** What time it is, and what runs at its time while the service runs. */
@NullMarked
package io.norma.scheduling;

import org.jspecify.annotations.NullMarked;
