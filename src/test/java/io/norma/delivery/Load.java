package io.norma.delivery;

import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A client that asks for digits one after the other until it is stopped, and notes what fails. */
final class Load implements AutoCloseable {
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final AtomicInteger answered = new AtomicInteger();
  private final Http http;
  private final int retries;
  private final Thread thread;
  private volatile boolean stopping;

  Load(Http http, int retries) {
    this.http = http;
    this.retries = retries;
    thread = Thread.ofVirtual().start(this::run);
  }

  private void run() {
    while (!stopping) {
      String failure = ask();
      for (int retry = 0; retry < retries && !failure.isEmpty(); retry++) {
        failure = ask();
      }
      if (failure.isEmpty()) {
        answered.incrementAndGet();
      } else {
        failures.add(failure);
      }
    }
  }

  private String ask() {
    try {
      HttpResponse<String> answer = http.digit("seven");
      return answer.statusCode() == 200 ? "" : answer.statusCode() + " " + answer.body();
    } catch (UncheckedIOException e) {
      return e.toString();
    }
  }

  void stop() {
    stopping = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  int answered() {
    return answered.get();
  }

  List<String> failures() {
    return failures;
  }

  @Override
  public void close() {
    stop();
  }
}
