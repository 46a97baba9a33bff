package io.norma.security.web;

import io.norma.security.Grant;
import io.norma.security.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Comparator;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;

/** Decides by {@link RouteScopes} whether somebody gets what they ask for. */
final class RouteAuthorization implements AuthorizationManager<RequestAuthorizationContext> {
  private static final AuthorizationResult GRANTED = new AuthorizationDecision(true);
  private static final AuthorizationResult DENIED = new AuthorizationDecision(false);

  @Override
  public AuthorizationResult authorize(
      Supplier<? extends @Nullable Authentication> authentication,
      RequestAuthorizationContext context) {
    HttpServletRequest request = context.getRequest();
    RouteScopes.Need need = AuthenticationFilter.need(request);
    if (need instanceof RouteScopes.Open) {
      return GRANTED;
    }
    // To who does not say who they are, nothing is told but that.
    if (!(authentication.get() instanceof GrantAuthentication known)) {
      return DENIED;
    }
    return switch (need) {
      case RouteScopes.Open _ -> GRANTED;
      case RouteScopes.OneOf(Set<Scope> scopes, String model) ->
          decide(known.grant(), scopes, model);
      case RouteScopes.Nowhere _ ->
          new Denial(
              404,
              "there is no route " + request.getMethod() + " " + request.getRequestURI(),
              null,
              null);
      case RouteScopes.OtherMethods(Set<String> allowed) -> {
        String listed = String.join(", ", allowed);
        yield new Denial(
            405,
            "%s is not allowed at %s; allowed are: %s"
                .formatted(request.getMethod(), request.getRequestURI(), listed),
            null,
            listed);
      }
    };
  }

  private static AuthorizationResult decide(
      Grant grant, Set<Scope> scopes, @Nullable String model) {
    if (!grant.hasAny(scopes)) {
      return new Denial(403, grant.lacks(scopes), words(scopes), null);
    }
    if (model != null && !grant.models().matches(model)) {
      return new Denial(403, grant.isNotFor(model), null, null);
    }
    // Keys for all models, above all, are not made by who has one for some.
    if (model == null && scopes.equals(Set.of(Scope.ADMIN)) && !grant.models().isAll()) {
      return new Denial(403, grant.isNotForAll(), null, null);
    }
    return GRANTED;
  }

  private static String words(Set<Scope> scopes) {
    return scopes.stream()
        .sorted(Comparator.naturalOrder())
        .map(Scope::word)
        .collect(Collectors.joining(" "));
  }
}
