package io.norma.service;

import io.norma.NormaApplication;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A service in this process, on a database that it may share with others. */
public record RunningService(ConfigurableApplicationContext context, StatisticsClient client)
    implements AutoCloseable {
  /**
   * Starts it and waits until it is ready. It has no model, and warms none for long.
   *
   * @param directory for what it keeps beside the database
   * @param settings that come before those
   */
  public static RunningService start(Path directory, String databaseUrl, String... settings) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--norma.models.bundled=false",
                "--norma.models.warm-up-at-most=1ms",
                "--norma.data-directory=" + directory,
                "--spring.datasource.url=" + databaseUrl));
    for (String setting : settings) {
      String name = setting.substring(0, setting.indexOf('=') + 1);
      arguments.removeIf(argument -> argument.startsWith(name));
      arguments.add(setting);
    }
    ConfigurableApplicationContext context =
        new SpringApplicationBuilder(NormaApplication.class).run(arguments.toArray(String[]::new));
    int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    return new RunningService(context, new StatisticsClient(port).awaitReady());
  }

  @Override
  public void close() {
    context.close();
  }
}
