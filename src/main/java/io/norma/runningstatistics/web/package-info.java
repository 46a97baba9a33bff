/** Running statistics over HTTP, in the formats that they come and go in. */
@NullMarked
package io.norma.runningstatistics.web;

import org.jspecify.annotations.NullMarked;
