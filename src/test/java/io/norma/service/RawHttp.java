package io.norma.service;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a running service, over which a client's own bytes go, down to the spelling and
 * the order of its headers. It is kept as long as the service keeps it: an answer that says {@code
 * Connection: close}, as those of status 400 do, is followed by another connection.
 */
final class RawHttp implements AutoCloseable {
  private final int port;
  private Socket socket;
  private InputStream in;

  RawHttp(int port) throws IOException {
    this.port = port;
    socket = new Socket("localhost", port);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /**
   * Sends a request, reads its answer to the end and holds both against the contract.
   *
   * @param head the request line and the headers as the client writes them, one per line, {@code
   *     PORT} for the port
   */
  Exchange exchange(String head, byte @Nullable [] body) throws IOException {
    Exchange exchange = send(head, body);
    ExchangeValidator.get().validate(exchange);
    return exchange;
  }

  /** Sends a request to where the contract has no route. */
  Exchange unchecked(String head) throws IOException {
    return send(head, null);
  }

  private Exchange send(String head, byte @Nullable [] body) throws IOException {
    List<String> lines = head.replace("PORT", Integer.toString(port)).lines().toList();
    socket
        .getOutputStream()
        .write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    if (body != null) {
      socket.getOutputStream().write(body);
    }
    socket.getOutputStream().flush();
    String[] request = lines.getFirst().split(" ", -1);
    int status = Integer.parseInt(line().split(" ", -1)[1]);
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      String[] parts = line.split(": *", 2);
      headers.computeIfAbsent(parts[0], name -> new ArrayList<>()).add(parts[1]);
    }
    Exchange exchange =
        new Exchange(
            request[0], request[1], requestHeaders(lines), body, status, headers, new byte[0]);
    exchange = exchange.withBody(body(exchange));
    if (exchange.header("Connection").equals("close")) {
      socket.close();
      socket = new Socket("localhost", port);
      in = new BufferedInputStream(socket.getInputStream());
    }
    return exchange;
  }

  private static Map<String, String> requestHeaders(List<String> lines) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line : lines.subList(1, lines.size())) {
      String[] parts = line.split(": *", 2);
      headers.put(parts[0], parts[1]);
    }
    return headers;
  }

  private byte[] body(Exchange exchange) throws IOException {
    if (!exchange.header("Transfer-Encoding").equals("chunked")) {
      String length = exchange.header("Content-Length");
      return in.readNBytes(length.isEmpty() ? 0 : Integer.parseInt(length));
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunk(); size > 0; size = chunk()) {
      body.write(in.readNBytes(size));
      requireEmpty(line());
    }
    requireEmpty(line());
    return body.toByteArray();
  }

  private int chunk() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private static void requireEmpty(String line) throws IOException {
    if (!line.isEmpty()) {
      throw new IOException("expected the end of a chunk, got " + line);
    }
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the connection ended after: " + line);
      }
      line.write(c);
    }
    return line.toString(StandardCharsets.US_ASCII).stripTrailing();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
