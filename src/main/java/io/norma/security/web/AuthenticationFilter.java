package io.norma.security.web;

import io.norma.http.Permissions;
import io.norma.security.Grant;
import io.norma.security.KeyCheck;
import io.norma.security.Scope;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.oauth2.jwt.JwtDecoderInitializationException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.transaction.TransactionException;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.util.ServletRequestPathUtils;

/**
 * Finds out what a request needs and who it comes from: a key, for which a look into memory is
 * enough, or the token of an issuer.
 */
final class AuthenticationFilter extends OncePerRequestFilter {
  private static final String NEED = RouteScopes.Need.class.getName();
  private static final RouteScopes.Need OPEN = new RouteScopes.Open();

  private final RouteScopes routes;
  private final Predicate<HttpServletRequest> elsewhere;
  private final KeyCheck keys;
  private final @Nullable AuthenticationProvider tokens;
  private final AuthenticationEntryPoint refusals;

  /**
   * A filter.
   *
   * @param elsewhere whether a request came to the port of Actuator alone
   * @param tokens {@code null} where no issuer's are accepted
   */
  AuthenticationFilter(
      RouteScopes routes,
      Predicate<HttpServletRequest> elsewhere,
      KeyCheck keys,
      @Nullable AuthenticationProvider tokens,
      AuthenticationEntryPoint refusals) {
    this.routes = routes;
    this.elsewhere = elsewhere;
    this.keys = keys;
    this.tokens = tokens;
    this.refusals = refusals;
  }

  /** What was found that a request needs. */
  static RouteScopes.Need need(HttpServletRequest request) {
    return request.getAttribute(NEED) instanceof RouteScopes.Need need
        ? need
        : new RouteScopes.Nowhere();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    RouteScopes.Need need =
        elsewhere.test(request)
            ? OPEN
            : routes.find(
                request.getMethod(),
                ServletRequestPathUtils.parseAndCache(request).pathWithinApplication());
    request.setAttribute(NEED, need);
    Credential credential = Credential.of(request);
    if (credential != null) {
      try {
        enter(authentication(credential), request);
      } catch (AuthenticationException e) {
        // Probes get their answer whatever else they bring.
        if (!(need instanceof RouteScopes.Open)) {
          refusals.commence(request, response, e);
          return;
        }
      }
    }
    chain.doFilter(request, response);
  }

  private Authentication authentication(Credential credential) {
    KeyCheck.Result result;
    try {
      result = keys.check(credential.text());
    } catch (DataAccessException | TransactionException e) {
      throw new AuthenticationServiceException("the key cannot be looked up", e);
    }
    return switch (result) {
      case KeyCheck.Accepted(Grant grant) -> new GrantAuthentication(grant);
      case KeyCheck.Refused(String reason) -> throw new BadCredentialsException(reason);
      case KeyCheck.NoKey _ -> {
        Authentication token = credential.mayBeToken() ? token(credential.text()) : null;
        if (token == null) {
          throw new BadCredentialsException("the key is not known");
        }
        yield token;
      }
    };
  }

  private @Nullable Authentication token(String text) {
    if (tokens == null || text.isEmpty()) {
      return null;
    }
    try {
      return tokens.authenticate(new BearerTokenAuthenticationToken(text));
    } catch (JwtDecoderInitializationException e) {
      throw new AuthenticationServiceException("the issuer does not say what its keys are", e);
    }
  }

  private static void enter(Authentication authentication, HttpServletRequest request) {
    SecurityContextHolder.setContext(new SecurityContextImpl(authentication));
    if (authentication instanceof GrantAuthentication known) {
      Permissions.set(request, new Granted(known.grant()));
    }
  }

  /** What controllers ask for. */
  private record Granted(Grant grant) implements Permissions {
    private static final Set<Scope> ACTIVATE = Set.of(Scope.ACTIVATE);

    @Override
    public boolean maySee(String model) {
      return grant.models().matches(model);
    }

    @Override
    public void requireActivation() {
      if (!grant.hasAny(ACTIVATE)) {
        throw new ResponseStatusException(HttpStatus.FORBIDDEN, grant.lacks(ACTIVATE));
      }
    }
  }
}
