package io.norma.security.command;

import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind {@code keys}.
 *
 * @param id of the key to revoke
 * @param options the command's own
 * @param settings those that the service takes, too
 */
record KeysArguments(String action, String id, Map<String, String> options, List<String> settings) {
  private static final Map<String, Set<String>> ACTIONS =
      Map.of(
          "create",
          Set.of("name", "scopes", "models", "expires-in"),
          "list",
          Set.of(),
          "revoke",
          Set.of());

  /** Arguments that mean nothing. */
  static final class MisspeltException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    MisspeltException(String message) {
      super(message);
    }
  }

  static KeysArguments of(String[] arguments) {
    String action = arguments.length > 1 ? arguments[1] : "";
    Set<String> known = ACTIONS.get(action);
    if (known == null) {
      throw new MisspeltException("what to do with keys is one of create, list, revoke");
    }
    Map<String, String> options = new TreeMap<>();
    List<String> settings = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (String argument : List.of(arguments).subList(2, arguments.length)) {
      int equals = argument.indexOf('=');
      String name = argument.startsWith("--") && equals > 0 ? argument.substring(2, equals) : "";
      if (known.contains(name)) {
        options.put(name, argument.substring(equals + 1));
      } else if (name.contains(".")) {
        // Settings of the service all have a dot in their names.
        settings.add(argument);
      } else {
        others.add(argument);
      }
    }
    boolean revoke = action.equals("revoke");
    if (others.size() != (revoke ? 1 : 0)) {
      throw new MisspeltException(
          revoke
              ? "keys revoke needs the id of one key"
              : "keys %s does not know %s".formatted(action, others));
    }
    return new KeysArguments(action, revoke ? others.getFirst() : "", options, settings);
  }

  @Nullable String option(String name) {
    return options.get(name);
  }

  String required(String name) {
    String value = options.get(name);
    if (value == null || value.isBlank()) {
      throw new MisspeltException("keys " + action + " needs --" + name);
    }
    return value;
  }

  /** What stands between commas. */
  List<String> list(String name) {
    String value = options.getOrDefault(name, "");
    return Stream.of(value.split(",", -1)).map(String::strip).filter(it -> !it.isEmpty()).toList();
  }
}
