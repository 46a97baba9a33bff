package io.norma.security.web;

import org.jspecify.annotations.Nullable;
import org.springframework.security.authorization.AuthorizationResult;

/**
 * Why somebody who is known does not get something.
 *
 * @param scope one that would do, where it is for want of one
 * @param allow methods that there are, where it is for want of one
 */
record Denial(int status, String detail, @Nullable String scope, @Nullable String allow)
    implements AuthorizationResult {
  @Override
  public boolean isGranted() {
    return false;
  }
}
