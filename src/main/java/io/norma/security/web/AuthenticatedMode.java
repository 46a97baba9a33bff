package io.norma.security.web;

import io.norma.security.SecurityMode;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Whether everybody must say who they are. */
final class AuthenticatedMode implements Condition {
  @Override
  public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
    return SecurityMode.of(context.getEnvironment()) == SecurityMode.AUTHENTICATED;
  }
}
