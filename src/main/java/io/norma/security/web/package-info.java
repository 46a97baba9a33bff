/** Who a request comes from and whether it may, and the routes of keys. */
@NullMarked
package io.norma.security.web;

import org.jspecify.annotations.NullMarked;
