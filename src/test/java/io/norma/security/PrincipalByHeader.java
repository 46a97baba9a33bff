package io.norma.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.web.filter.OncePerRequestFilter;

/** Stands where authentication does, and believes whoever says who they are in a header. */
@TestConfiguration
public class PrincipalByHeader {
  public static final String NAME = "X-Test-Principal";

  /** Where Spring Security's filters stand. */
  private static final int AUTHENTICATION = -100;

  @Bean
  FilterRegistrationBean<OncePerRequestFilter> principalByHeaderFilter() {
    FilterRegistrationBean<OncePerRequestFilter> filter =
        new FilterRegistrationBean<>(new Believer());
    filter.setOrder(AUTHENTICATION);
    return filter;
  }

  private static final class Believer extends OncePerRequestFilter {
    @Override
    protected void doFilterInternal(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws ServletException, IOException {
      String name = request.getHeader(NAME);
      Principal principal = name == null ? null : () -> name;
      chain.doFilter(
          principal == null
              ? request
              : new HttpServletRequestWrapper(request) {
                @Override
                public Principal getUserPrincipal() {
                  return principal;
                }
              },
          response);
    }
  }
}
