package io.norma;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Starts the service. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class NormaApplication {
  public static void main(String[] arguments) {
    VectorModule.add();
    SpringApplication.run(NormaApplication.class, arguments);
  }
}
