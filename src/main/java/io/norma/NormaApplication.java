package io.norma;

import java.util.Locale;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Starts the service. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class NormaApplication {
  static {
    // Messages are for programs and for people of any language, whatever the machine's is: their
    // numbers have the digits that requests have. The engine, as a library, formats in the language
    // of the program that it is part of; in this one, that is decided here, for it and for all
    // else.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
  }

  public static void main(String[] arguments) {
    if (Commands.run(arguments)) {
      return;
    }
    VectorModule.add();
    SpringApplication application = new SpringApplication(NormaApplication.class);
    ExitCode.of(application);
    application.run(arguments);
    StartOptions.tell(StartOptions.missing());
  }
}
