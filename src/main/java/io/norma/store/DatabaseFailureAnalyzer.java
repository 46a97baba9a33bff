package io.norma.store;

import java.sql.SQLException;
import java.util.Objects;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Tells in a sentence why the service cannot start on its database. */
public final class DatabaseFailureAnalyzer extends AbstractFailureAnalyzer<Exception> {
  /**
   * The property that names the command which the program was started for, instead of a service.
   */
  public static final String COMMAND = "norma.command";

  private final String database;
  private final boolean isService;

  DatabaseFailureAnalyzer(Environment environment) {
    isService = !environment.containsProperty(COMMAND);
    String url = environment.getProperty("spring.datasource.url", "");
    // Parameters may hold a password.
    database =
        url.isEmpty()
            ? "in " + environment.getProperty("norma.data-directory", "data")
            : url.replaceFirst("[?;].*", "");
  }

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable root, Exception cause) {
    DataDirectoryException directory = findCause(root, DataDirectoryException.class);
    if (directory != null) {
      return new FailureAnalysis(
          directory.getMessage(),
          "Make it writable for the user that runs the service, or set norma.data-directory.",
          directory);
    }
    DamagedDatabaseException damaged = findCause(root, DamagedDatabaseException.class);
    if (damaged != null) {
      return new FailureAnalysis(
          "The database %s is damaged: %s.".formatted(database, damaged.getMessage()),
          "Nothing was changed. Restore a backup: java -jar norma.jar restore --from=FILE"
              + " --replace. docs/operations.md, \"Backup and restore\", says how, and what else"
              + " there is.",
          damaged);
    }
    if (DiskFullException.isBehind(root)) {
      return new FailureAnalysis(
          "The disk of the database %s is full.".formatted(database),
          "Make room on it, or set norma.data-directory to a directory on another.",
          root);
    }
    FlywayValidateException schema = findCause(root, FlywayValidateException.class);
    if (schema != null) {
      return new FailureAnalysis(
          "The schema of the database %s is not this program's; a newer one may have changed it: %s"
              .formatted(database, reason(schema)),
          "Start the program that is as new as the schema, or give this one a database of its own.",
          schema);
    }
    SQLException refused = findCause(root, SQLException.class);
    return refused == null ? null : analysis(refused, root);
  }

  private @Nullable FailureAnalysis analysis(SQLException refused, Throwable root) {
    if (DatabaseFailure.isOpenElsewhere(refused)) {
      return new FailureAnalysis(
          "The database %s is open in another process.".formatted(database),
          isService
              ? "Stop that process, set norma.data-directory to another directory, or set"
                  + " spring.datasource.url to a PostgreSQL that both share."
              : "Where that is a running service, ask it instead, by its route /v1/keys; or stop it"
                  + " for as long as this takes.",
          root);
    }
    String state = Objects.requireNonNullElse(refused.getSQLState(), "");
    // SQL:2023 part 2, 24.1: connection exception, invalid authorization, invalid catalog name.
    if (state.startsWith("08") || state.startsWith("28") || state.startsWith("3D")) {
      return new FailureAnalysis(
          "The database %s cannot be used: %s".formatted(database, reason(refused)),
          "Check spring.datasource.url, spring.datasource.username and spring.datasource.password;"
              + " spring.flyway.connect-retries waits for a database that is still starting.",
          root);
    }
    return null;
  }

  /** The exception's message in one line, and that of the last cause if there is one. */
  private static String reason(Throwable e) {
    String message = oneLine(String.valueOf(e.getMessage()));
    Throwable last = e.getCause();
    if (last == null) {
      return message;
    }
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return message + " (" + oneLine(last.toString()) + ")";
  }

  /** Flyway adds a line of advice and one with an address to what it found. */
  private static String oneLine(String message) {
    return String.join(" ", message.lines().limit(2).toList());
  }
}
