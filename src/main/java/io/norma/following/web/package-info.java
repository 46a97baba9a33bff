/** What is followed, over HTTP. */
@NullMarked
package io.norma.following.web;

import org.jspecify.annotations.NullMarked;
