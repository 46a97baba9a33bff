/** How Tomcat is set up: its connections, its buffers, and how it ends. */
@NullMarked
package io.norma.http.server;

import org.jspecify.annotations.NullMarked;
