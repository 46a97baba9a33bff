package io.norma.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Speaks to a running service as bare clients do, with no header that was not asked for, and holds
 * every exchange against the contract.
 */
public final class ServiceClient {
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String base;

  public ServiceClient(int port) {
    this(port, "");
  }

  /** Speaks to a service whose routes are under a path. */
  public ServiceClient(int port, String contextPath) {
    base = "http://localhost:" + port + contextPath;
  }

  public Exchange get(String path) {
    return send("GET", path, Map.of(), null);
  }

  public Exchange post(String path, String body) {
    return send("POST", path, Map.of(), body.getBytes(StandardCharsets.UTF_8));
  }

  public Exchange post(String path, byte @Nullable [] body, Map<String, String> headers) {
    return send("POST", path, headers, body);
  }

  public Exchange put(String path, byte[] body) {
    return send("PUT", path, Map.of(), body);
  }

  public Exchange delete(String path) {
    return send("DELETE", path, Map.of(), null);
  }

  public Exchange send(
      String method, String path, Map<String, String> headers, byte @Nullable [] body) {
    BodyPublisher publisher =
        body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
    return send(method, path, headers, body, publisher);
  }

  /** Sends a body in chunks, without its length. */
  public Exchange postChunked(String path, byte[] body) {
    return postChunked(path, body, Map.of());
  }

  public Exchange postChunked(String path, byte[] body, Map<String, String> headers) {
    return send(
        "POST",
        path,
        headers,
        body,
        BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body)));
  }

  private Exchange send(
      String method,
      String path,
      Map<String, String> headers,
      byte @Nullable [] body,
      BodyPublisher publisher) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
    headers.forEach(request::header);
    request.method(method, publisher);
    try {
      Exchange exchange =
          Exchange.of(
              method, path, headers, body, http.send(request.build(), BodyHandlers.ofByteArray()));
      ExchangeValidator.get().validate(exchange);
      return exchange;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
