package io.norma.security.web;

import io.norma.security.Grant;
import io.norma.security.ModelPatterns;
import io.norma.security.Scope;
import io.norma.security.SecuritySettings;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.convert.converter.Converter;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;

/** What a token that its issuer signed allows, by the claims that the settings name. */
final class TokenGrants implements Converter<Jwt, AbstractAuthenticationToken> {
  private static final String SCOPE_PREFIX = "norma:";

  /** No key has a colon in its name, so a token is never taken for a key in what is told of it. */
  private static final String NAME_PREFIX = "oidc:";

  private static final int LONGEST_NAME = 200;

  private final SecuritySettings settings;

  TokenGrants(SecuritySettings settings) {
    this.settings = settings;
  }

  @Override
  public AbstractAuthenticationToken convert(Jwt token) {
    Object name = token.getClaims().get(settings.principalClaim());
    if (!(name instanceof String given) || given.isBlank() || given.length() > LONGEST_NAME) {
      throw new InvalidBearerTokenException(
          "the token's claim '%s' (norma.security.principal-claim) must be text of 1 to %d characters"
              .formatted(settings.principalClaim(), LONGEST_NAME));
    }
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (String word : words(token.getClaims().get(settings.scopeClaim()))) {
      String bare = word.startsWith(SCOPE_PREFIX) ? word.substring(SCOPE_PREFIX.length()) : word;
      // Others are for other services.
      Stream.of(Scope.values()).filter(scope -> scope.word().equals(bare)).forEach(scopes::add);
    }
    return new GrantAuthentication(new Grant(NAME_PREFIX + given, scopes, models(token)));
  }

  private ModelPatterns models(Jwt token) {
    String claim = settings.modelsClaim();
    if (claim == null) {
      return ModelPatterns.ALL;
    }
    try {
      // Without the claim it is for none: who binds tokens to models does not mean all by nothing.
      return ModelPatterns.of(words(token.getClaims().get(claim)));
    } catch (IllegalArgumentException e) {
      throw new InvalidBearerTokenException("the token's claim '" + claim + "': " + e.getMessage());
    }
  }

  /** A list of text, or text with spaces between (RFC 8693, section 4.2). */
  private static List<String> words(@Nullable Object claim) {
    return switch (claim) {
      case String text -> Stream.of(text.split(" ", -1)).filter(word -> !word.isEmpty()).toList();
      case Collection<?> list ->
          list.stream().filter(String.class::isInstance).map(String.class::cast).toList();
      case null, default -> List.of();
    };
  }
}
