package io.norma;

import io.norma.store.DatabaseCopies;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * {@code backup --to=FILE} and {@code restore --from=FILE [--replace]}, of the database that the
 * service with the same settings has. They end with 1 and a line on standard error where they do
 * nothing.
 */
final class BackupCommand {
  private BackupCommand() {}

  static void backup(String[] arguments) {
    run(
        arguments,
        "to",
        (copies, file) -> "Backed up to %s, with %d changes".formatted(file, copies.backup(file)));
  }

  static void restore(String[] arguments) {
    boolean replace = new DefaultApplicationArguments(arguments).containsOption("replace");
    run(
        arguments,
        "from",
        (copies, file) ->
            "Restored from %s, with %d changes".formatted(file, copies.restore(file, replace)));
  }

  private static void run(
      String[] arguments, String option, BiFunction<DatabaseCopies, Path, String> command) {
    List<String> files = new DefaultApplicationArguments(arguments).getOptionValues(option);
    if (files == null || files.size() != 1 || files.getFirst().isEmpty()) {
      fail("Say which file: %s --%s=FILE".formatted(arguments[0], option));
      return;
    }
    try {
      System.out.println(command.apply(new DatabaseCopies(directory(arguments)), file(files)));
    } catch (DatabaseCopies.Refused e) {
      fail(String.valueOf(e.getMessage()));
    }
  }

  private static Path file(List<String> files) {
    return Path.of(files.getFirst());
  }

  /** The service's settings, without the service. */
  private static Path directory(String[] arguments) {
    SpringApplication application = new SpringApplication(BackupCommand.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    application.setLogStartupInfo(false);
    // What is wrong is told in a line.
    application.setDefaultProperties(
        Map.of("logging.level.root", "warn", "logging.level.com.zaxxer.hikari", "off"));
    try (ConfigurableApplicationContext context = application.run(arguments)) {
      Binder settings = Binder.get(context.getEnvironment());
      String url = settings.bind("spring.datasource.url", String.class).orElse("");
      if (!url.isEmpty()) {
        fail(
            "spring.datasource.url names another database than that in norma.data-directory: its"
                + " own tools make backups of it, as PostgreSQL's pg_dump");
      }
      return settings.bind("norma.data-directory", Path.class).orElse(Path.of("data"));
    }
  }

  private static void fail(String reason) {
    System.err.println(reason);
    System.exit(1);
  }
}
