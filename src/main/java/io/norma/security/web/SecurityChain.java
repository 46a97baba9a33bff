package io.norma.security.web;

import io.norma.http.ErrorWriter;
import io.norma.security.KeyCheck;
import io.norma.security.SecuritySettings;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
import java.util.function.Predicate;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationProvider;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.web.context.WebApplicationContext;

/**
 * What requests go through where everybody must say who they are. Nothing of it lasts longer than a
 * request: there are no sessions, and so no forged requests to guard them from.
 */
@Configuration(proxyBeanMethods = false)
@Conditional(AuthenticatedMode.class)
class SecurityChain {
  @Bean
  SecurityFilterChain authenticated(
      HttpSecurity http,
      KeyCheck keys,
      SecuritySettings settings,
      ObjectProvider<JwtDecoder> decoders,
      ErrorWriter errors,
      ObjectProvider<CallerLimit> limit,
      WebApplicationContext context,
      @Value("${management.endpoints.web.base-path:/actuator}") String actuator) {
    Refusals refusals = new Refusals(errors, limit.getIfAvailable());
    JwtDecoder decoder = decoders.getIfAvailable();
    AuthenticationFilter filter =
        new AuthenticationFilter(
            new RouteScopes(actuator),
            elsewhere(context),
            keys,
            decoder == null ? null : tokens(decoder, settings),
            refusals);
    return http.csrf(AbstractHttpConfigurer::disable)
        .logout(AbstractHttpConfigurer::disable)
        .requestCache(AbstractHttpConfigurer::disable)
        .headers(AbstractHttpConfigurer::disable)
        .sessionManagement(it -> it.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .exceptionHandling(
            it -> it.authenticationEntryPoint(refusals).accessDeniedHandler(refusals))
        .addFilterBefore(filter, AuthorizationFilter.class)
        .authorizeHttpRequests(it -> it.anyRequest().access(new RouteAuthorization()))
        .build();
  }

  private static JwtAuthenticationProvider tokens(JwtDecoder decoder, SecuritySettings settings) {
    JwtAuthenticationProvider provider = new JwtAuthenticationProvider(decoder);
    provider.setJwtAuthenticationConverter(new TokenGrants(settings));
    return provider;
  }

  /** Actuator on a port of its own is another server, with a context of its own. */
  private static Predicate<HttpServletRequest> elsewhere(WebApplicationContext context) {
    return request -> !Objects.equals(request.getServletContext(), context.getServletContext());
  }

  /** None for each filter of each request: they cost more than all that the filters do. */
  @Bean
  SecurityObservationSettings securityObservations() {
    return SecurityObservationSettings.noObservations();
  }

  /** Says what to do where nobody could do anything. */
  @Bean
  FirstKey firstKey(KeyCheck keys, ObjectProvider<JwtDecoder> decoders, Environment environment) {
    return new FirstKey(keys, decoders, environment);
  }
}
