package io.norma.security.web;

import io.norma.security.Grant;
import io.norma.security.HealthDetails;
import java.io.Serial;
import java.util.List;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** A grant as Spring Security passes it on; nothing of what was presented is kept. */
final class GrantAuthentication extends AbstractAuthenticationToken {
  @Serial private static final long serialVersionUID = 1L;

  private static final List<GrantedAuthority> UNLIMITED =
      List.of(new SimpleGrantedAuthority(HealthDetails.AUTHORITY));

  private final transient Grant grant;

  GrantAuthentication(Grant grant) {
    super(grant.isUnlimited() ? UNLIMITED : List.of());
    this.grant = grant;
    setAuthenticated(true);
  }

  Grant grant() {
    return grant;
  }

  @Override
  public Grant getPrincipal() {
    return grant;
  }

  @Override
  public String getCredentials() {
    return "";
  }
}
