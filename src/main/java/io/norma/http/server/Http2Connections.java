package io.norma.http.server;

import org.apache.coyote.Request;
import org.apache.coyote.http2.Http2Protocol;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.Http2;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * HTTP/2, where {@code server.http2.enabled} says so, with two differences from Tomcat's.
 *
 * <p>All requests begin that a connection may have at once. By default a fifth of them does, and
 * the others would wait where neither their urgency nor their time counts.
 *
 * <p>A request with a body that asks for the upgrade is answered over HTTP/1.1. Tomcat would keep
 * the body until HTTP/2 is spoken, and answer 413 if it has more than 4 KB: to each first request
 * of Java's client, which asks unless told otherwise.
 */
@Component
final class Http2Connections
    implements WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> {
  private final boolean enabled;

  Http2Connections(@Value("${server.http2.enabled:false}") boolean enabled) {
    this.enabled = enabled;
  }

  @Override
  public void customize(ConfigurableTomcatWebServerFactory factory) {
    if (enabled) {
      factory.setHttp2(new Http2());
      factory.addConnectorCustomizers(connector -> connector.addUpgradeProtocol(new Protocol()));
    }
  }

  private static final class Protocol extends Http2Protocol {
    Protocol() {
      setMaxConcurrentStreamExecution((int) getMaxConcurrentStreams());
    }

    @Override
    public boolean accept(Request request) {
      return request.getContentLengthLong() <= 0
          && request.getMimeHeaders().getHeader("Transfer-Encoding") == null
          && super.accept(request);
    }
  }
}
