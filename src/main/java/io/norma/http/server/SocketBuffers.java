package io.norma.http.server;

import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * Moves bodies in pieces of 64 KiB instead of 8: a tensor of megabytes costs a tenth of the system
 * calls, a connection 112 KiB more.
 */
@Component
final class SocketBuffers
    implements WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> {
  private static final String BYTES = Integer.toString(1 << 16);

  @Override
  public void customize(ConfigurableTomcatWebServerFactory factory) {
    factory.addConnectorCustomizers(connector -> {
      connector.setProperty("socket.appReadBufSize", BYTES);
      connector.setProperty("socket.appWriteBufSize", BYTES);
    });
  }
}
