package io.norma.security.command;

import io.norma.security.ApiKey;
import io.norma.security.ApiKeyService;
import io.norma.security.Scope;
import io.norma.serving.Actor;
import io.norma.store.DatabaseFailureAnalyzer;
import java.io.PrintStream;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * {@code java -jar norma.jar keys …}: makes, lists and revokes keys in the database that the
 * settings name, without a service. What it answers goes to the standard output, all else to the
 * standard error, so that a script may take the key as it comes.
 */
public final class KeysCommand {
  private static final String WORD = "keys";
  private static final String BY = "command";
  private static final int PAGE = 1000;

  private static final String USAGE =
      """
      usage: java -jar norma.jar keys create --name=NAME --scopes=infer,calibrate,activate,admin [--models='resnet*,digits'] [--expires-in=P30D]
             java -jar norma.jar keys list
             java -jar norma.jar keys revoke ID
      with the service's own settings, such as --norma.data-directory=… or --spring.datasource.url=…\
      """;

  private final ApiKeyService keys;
  private final Clock clock;
  private final PrintStream out;

  private KeysCommand(ApiKeyService keys, Clock clock, PrintStream out) {
    this.keys = keys;
    this.clock = clock;
    this.out = out;
  }

  /**
   * Does what the arguments say.
   *
   * @return the process's exit code
   */
  public static int run(String[] arguments) {
    PrintStream out = System.out;
    // What is logged stands on the console, too.
    System.setOut(System.err);
    boolean started = false;
    try {
      KeysArguments given = KeysArguments.of(arguments);
      try (ConfigurableApplicationContext context = start(given)) {
        started = true;
        KeysCommand command =
            new KeysCommand(
                context.getBean(ApiKeyService.class), context.getBean(Clock.class), out);
        Actor.service(BY)
            .during(() -> {
              command.perform(given);
              return null;
            });
      }
      return 0;
    } catch (KeysArguments.MisspeltException e) {
      System.err.println(e.getMessage() + "\n" + USAGE);
      return 2;
    } catch (RuntimeException e) {
      // What keeps it from starting was told in more words.
      if (started) {
        System.err.println(e.getMessage());
      }
      return 1;
    } finally {
      out.flush();
      System.setOut(out);
    }
  }

  private static ConfigurableApplicationContext start(KeysArguments given) {
    SpringApplication application = new SpringApplication(KeysApplication.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    application.setRegisterShutdownHook(false);
    application.setDefaultProperties(
        Map.of("logging.level.root", "error", DatabaseFailureAnalyzer.COMMAND, WORD));
    return application.run(given.settings().toArray(String[]::new));
  }

  private void perform(KeysArguments given) {
    switch (given.action()) {
      case "create" -> create(given);
      case "list" -> list();
      default -> revoke(given.id());
    }
  }

  private void create(KeysArguments given) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (String word : given.list("scopes")) {
      scopes.add(scope(word));
    }
    List<String> models = given.list("models");
    ApiKeyService.Made made =
        keys.create(
            new ApiKeyService.Wanted(
                given.required("name"),
                scopes,
                models.isEmpty() ? List.of("*") : models,
                end(given.option("expires-in"))),
            BY);
    out.println(made.text());
  }

  private static Scope scope(String word) {
    for (Scope scope : Scope.values()) {
      if (scope.word().equals(word)) {
        return scope;
      }
    }
    throw new KeysArguments.MisspeltException(
        "--scopes has '%s', which is none of infer, calibrate, activate, admin".formatted(word));
  }

  private @Nullable Instant end(@Nullable String period) {
    if (period == null) {
      return null;
    }
    ZonedDateTime now = clock.instant().atZone(ZoneOffset.UTC);
    try {
      return period.toUpperCase(Locale.ROOT).contains("T")
          ? now.plus(Duration.parse(period)).toInstant()
          : now.plus(Period.parse(period)).toInstant();
    } catch (DateTimeException | ArithmeticException _) {
      throw new KeysArguments.MisspeltException(
          "--expires-in must be a period by ISO 8601, such as P30D or PT12H, but is '%s'"
              .formatted(period));
    }
  }

  private void list() {
    String after = "";
    List<ApiKey> page;
    do {
      page = keys.list(after, PAGE);
      for (ApiKey key : page) {
        out.println(line(key));
        after = key.id();
      }
    } while (page.size() == PAGE);
  }

  private String line(ApiKey key) {
    String scopes =
        key.scopes().stream().sorted().map(Scope::word).collect(Collectors.joining(","));
    return String.join(
        "\t",
        key.id(),
        key.name(),
        scopes,
        String.join(",", key.models().patterns()),
        "made " + key.createdAt() + " by " + key.createdBy(),
        state(key),
        key.lastUsedAt() == null ? "never used" : "used " + key.lastUsedAt());
  }

  private String state(ApiKey key) {
    if (key.revokedAt() != null) {
      return "revoked " + key.revokedAt() + " by " + key.revokedBy();
    }
    Instant end = key.expiresAt();
    if (end == null) {
      return "for good";
    }
    return (end.isAfter(clock.instant()) ? "until " : "expired ") + end;
  }

  private void revoke(String id) {
    ApiKey key = keys.revoke(id, BY);
    out.println("revoked " + key.id() + " " + key.name());
  }
}
