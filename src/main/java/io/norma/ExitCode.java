package io.norma;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Ends with 0 a process that was asked to stop and did. The virtual machine's own code for a signal
 * is 128 and its number, 143 for SIGTERM, which supervisors take for a failure unless told
 * otherwise. A start that failed ends with what it has.
 *
 * <p>A handler of the signal would be shorter, but the JDK has none that is no internal of it.
 */
final class ExitCode implements ApplicationListener<ApplicationEvent> {
  private volatile boolean running;
  private volatile boolean stopped;

  private ExitCode() {}

  /** To be called before the application runs: what is added first is done last. */
  static void of(SpringApplication application) {
    ExitCode code = new ExitCode();
    application.addListeners(code);
    SpringApplication.getShutdownHandlers().add(code::end);
  }

  @Override
  public void onApplicationEvent(ApplicationEvent event) {
    switch (event) {
      case ApplicationStartedEvent _ -> running = true;
      case ApplicationFailedEvent _ -> running = false;
      case ContextClosedEvent _ -> stopped = running;
      default -> {}
    }
  }

  private void end() {
    if (stopped) {
      Runtime.getRuntime().halt(0);
    }
  }
}
