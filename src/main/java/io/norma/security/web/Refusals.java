package io.norma.security.web;

import io.norma.http.ErrorWriter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;

/**
 * Tells why something is not done for somebody, in the form of other errors and, for programs, as
 * RFC 6750 (section 3) has it.
 */
final class Refusals implements AuthenticationEntryPoint, AccessDeniedHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);
  private static final String CHALLENGE = "WWW-Authenticate";
  private static final String REALM = "Bearer realm=\"norma\"";

  private final ErrorWriter errors;
  private final @Nullable CallerLimit limit;

  /**
   * Refusals.
   *
   * @param limit for whom nobody knows, too; {@code null} where there is none
   */
  Refusals(ErrorWriter errors, @Nullable CallerLimit limit) {
    this.errors = errors;
    this.limit = limit;
  }

  @Override
  public void commence(
      HttpServletRequest request, HttpServletResponse response, AuthenticationException e)
      throws IOException {
    if (limit != null && !limit.take(request, response)) {
      return;
    }
    switch (e) {
      case AuthenticationServiceException _ -> {
        LOG.error("Nobody can be told apart at the moment", e);
        response.setIntHeader("Retry-After", 1);
        errors.write(
            request,
            response,
            503,
            "who this comes from cannot be found out at the moment: the issuer's keys or the"
                + " database do not answer; the service's log has the details");
      }
      case OAuth2AuthenticationException token ->
          unknown(request, response, "the token is not accepted: " + reason(token));
      case BadCredentialsException key ->
          unknown(request, response, String.valueOf(key.getMessage()));
      default -> {
        response.setHeader(CHALLENGE, REALM);
        errors.write(
            request,
            response,
            401,
            "this needs a key: send it as X-API-Key, or as Authorization: Bearer");
      }
    }
  }

  private static @Nullable String reason(OAuth2AuthenticationException e) {
    String description = e.getError().getDescription();
    return description == null ? e.getMessage() : description;
  }

  private void unknown(HttpServletRequest request, HttpServletResponse response, String reason)
      throws IOException {
    response.setHeader(
        CHALLENGE,
        REALM + ", error=\"invalid_token\", error_description=\"" + quotable(reason) + "\"");
    errors.write(request, response, 401, reason);
  }

  /** Of the characters that RFC 6750 has for it. */
  private static String quotable(String text) {
    return text.replace('"', '\'').replaceAll("[^ !#-\\[\\]-~]", "?");
  }

  @Override
  public void handle(
      HttpServletRequest request, HttpServletResponse response, AccessDeniedException e)
      throws IOException {
    if (!(e instanceof AuthorizationDeniedException denied
        && denied.getAuthorizationResult() instanceof Denial denial)) {
      errors.write(request, response, 403, "this is not allowed");
      return;
    }
    String scope = denial.scope();
    if (scope != null) {
      response.setHeader(
          CHALLENGE, REALM + ", error=\"insufficient_scope\", scope=\"" + scope + "\"");
    }
    String allow = denial.allow();
    if (allow != null) {
      response.setHeader("Allow", allow);
    }
    errors.write(request, response, denial.status(), denial.detail());
  }
}
