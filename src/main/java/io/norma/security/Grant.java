package io.norma.security;

import java.security.Principal;
import java.util.EnumSet;
import java.util.Set;

/**
 * Somebody who said who they are, and what they may do.
 *
 * @param name as history and audit tell it
 */
public record Grant(String name, Set<Scope> scopes, ModelPatterns models) implements Principal {
  public Grant {
    Set<Scope> all = EnumSet.noneOf(Scope.class);
    all.addAll(scopes);
    if (all.contains(Scope.ADMIN)) {
      all = EnumSet.allOf(Scope.class);
    }
    scopes = Set.copyOf(all);
  }

  @Override
  public String getName() {
    return name;
  }

  /** Whether one of some scopes is there. */
  public boolean hasAny(Set<Scope> wanted) {
    for (Scope scope : wanted) {
      if (scopes.contains(scope)) {
        return true;
      }
    }
    return false;
  }

  /** Whether nothing is kept from them. */
  public boolean isUnlimited() {
    return models.isAll() && scopes.contains(Scope.ADMIN);
  }

  /** Why they may not do what needs one of some scopes. */
  public String lacks(Set<Scope> wanted) {
    return "this needs scope %s; '%s' has %s"
        .formatted(
            Scope.words(wanted, "or"),
            name,
            scopes.isEmpty() ? "none of Norma's" : Scope.words(scopes, "and"));
  }

  /** Why they get nothing of a model, whether it is there or not. */
  public String isNotFor(String model) {
    return "'%s' is not for model '%s': it is bound to %s".formatted(name, model, models);
  }

  /** Why they may not do what concerns all models. */
  public String isNotForAll() {
    return "this concerns all models; '%s' is bound to %s".formatted(name, models);
  }
}
