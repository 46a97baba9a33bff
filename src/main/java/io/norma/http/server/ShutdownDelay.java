package io.norma.http.server;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.stereotype.Component;

/**
 * Goes on answering for a while once the service was asked to stop. It says by then that it isn't
 * ready, but who asks for that does so every few seconds, and sends requests until then.
 *
 * <p>Each answer meanwhile is the last of its connection: a connection that is kept open stays with
 * this process whatever a load balancer has decided, and what comes on it later gets 503.
 */
@Component
final class ShutdownDelay extends ValveBase
    implements ApplicationListener<ContextClosedEvent>,
        WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> {
  private static final Logger LOG = LoggerFactory.getLogger(ShutdownDelay.class);

  private final Duration delay;
  private final ApplicationContext context;
  private volatile boolean stopping;

  ShutdownDelay(ShutdownSettings settings, ApplicationContext context) {
    super(true);
    delay = settings.delay();
    this.context = context;
  }

  @Override
  public void customize(ConfigurableTomcatWebServerFactory factory) {
    factory.addEngineValves(this);
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    // HTTP/2 has no such header: with it an answer is malformed.
    if (stopping && request.getProtocol().startsWith("HTTP/1")) {
      response.setHeader("Connection", "close");
    }
    getNext().invoke(request, response);
  }

  /** Told before anything stops, and after readiness has been taken back. */
  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    if (!event.getApplicationContext().equals(context) || stopping) {
      return;
    }
    stopping = true;
    if (delay.isPositive()) {
      LOG.info("Not ready any more; requests are still taken for {} ms", delay.toMillis());
      try {
        // Nothing can be planned any more: a latch that nobody opens.
        boolean _ = new CountDownLatch(1).await(delay.toNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
