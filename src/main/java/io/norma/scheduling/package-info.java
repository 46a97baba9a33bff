/** What runs again and again while the service runs. */
@NullMarked
package io.norma.scheduling;

import org.jspecify.annotations.NullMarked;
