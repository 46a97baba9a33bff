package io.norma.security.web;

import io.norma.security.KeyCheck;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.security.oauth2.jwt.JwtDecoder;

/** Says at the start how somebody gets in, where nobody does, and where too many might. */
final class FirstKey {
  private static final Logger LOG = LoggerFactory.getLogger(FirstKey.class);
  private static final String AUDIENCES = "spring.security.oauth2.resourceserver.jwt.audiences";

  private final KeyCheck keys;
  private final ObjectProvider<JwtDecoder> decoders;
  private final Environment environment;

  FirstKey(KeyCheck keys, ObjectProvider<JwtDecoder> decoders, Environment environment) {
    this.keys = keys;
    this.decoders = decoders;
    this.environment = environment;
  }

  @EventListener
  void tell(ApplicationReadyEvent event) {
    boolean tokens = decoders.getIfAvailable() != null;
    if (!tokens && keys.isEmpty()) {
      LOG.warn(
          "norma.security.mode is authenticated, but there is no key yet: nobody is answered but"
              + " health. Make the first with: java -jar norma.jar keys create --name=admin"
              + " --scopes=admin (stop this process before, unless its database is PostgreSQL), or"
              + " set norma.security.admin-key");
    }
    if (tokens && !hasAudiences()) {
      LOG.warn(
          "Tokens that the issuer made for other services are accepted, too: name this one by {}",
          AUDIENCES);
    }
  }

  private boolean hasAudiences() {
    return environment.containsProperty(AUDIENCES)
        || environment.containsProperty(AUDIENCES + "[0]");
  }
}
