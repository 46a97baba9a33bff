/** Why training and evaluation differ: what a batch tells of a network's running statistics. */
@NullMarked
package io.norma.runningstatistics.diagnosis;

import org.jspecify.annotations.NullMarked;
