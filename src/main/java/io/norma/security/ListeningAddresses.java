package io.norma.security;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Refuses to start, before anything is opened, where a network could reach the service and it would
 * ask nobody who they are.
 */
@Component
final class ListeningAddresses implements BeanFactoryPostProcessor, EnvironmentAware {
  private static final String MANAGEMENT = "management.server.";

  @SuppressWarnings("NullAway.Init") // Spring sets it before it calls anything else
  private Environment environment;

  @Override
  public void setEnvironment(Environment environment) {
    this.environment = environment;
  }

  @Override
  public void postProcessBeanFactory(ConfigurableListableBeanFactory factory) {
    if (SecurityMode.of(environment) != SecurityMode.LOCAL) {
      return;
    }
    requireLoopback("server.address");
    String managementPort = environment.getProperty(MANAGEMENT + "port", "");
    if (!managementPort.isEmpty()
        && !managementPort.equals("-1")
        && !managementPort.equals(environment.getProperty("server.port", "8080"))) {
      requireLoopback(MANAGEMENT + "address");
    }
  }

  private void requireLoopback(String property) {
    String address = environment.getProperty(property, "");
    if (!isLoopback(address)) {
      throw new OpenAddressException(
          "%s is %s, but nobody is asked who they are: norma.security.mode is local."
              .formatted(
                  property, address.isEmpty() ? "not set, so every address listens" : address));
    }
  }

  private static boolean isLoopback(String address) {
    try {
      // An empty name would be this machine's own.
      return !address.isEmpty() && InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException _) {
      // The server says so itself when it cannot listen there.
      return true;
    }
  }
}
