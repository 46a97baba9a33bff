package io.norma.delivery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Plain requests to a service, as `curl` makes them. */
record Http(String address) {
  /** With which all may be done where requests need a key. */
  static final String KEY = "0123456789abcdef0123456789abcdef";

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  HttpResponse<String> get(String path) {
    return send("GET", path, BodyPublishers.noBody());
  }

  HttpResponse<String> post(String path, String body) {
    return send("POST", path, BodyPublishers.ofString(body));
  }

  HttpResponse<String> put(String path, String body) {
    return send("PUT", path, BodyPublishers.ofString(body));
  }

  /** Asks for a digit from {@code examples/digits}. */
  HttpResponse<String> digit(String name) {
    return post("/v2/models/digits/infer", example(name + ".json"));
  }

  static String example(String file) {
    try {
      return Files.readString(Path.of("examples/digits").resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private HttpResponse<String> send(String method, String path, HttpRequest.BodyPublisher body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address + path))
            .timeout(Duration.ofSeconds(30))
            .header("X-API-Key", KEY)
            .method(method, body);
    if (path.startsWith("/v1/")) {
      request.header("Content-Type", "application/json");
    }
    try {
      return CLIENT.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
