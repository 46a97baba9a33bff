package io.norma.web;

import io.norma.web.protocol.WireResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Sends tensors, compressed where the caller asks for it and it pays. */
final class ResponseBody {
  /** Smaller bodies are sent as they are. */
  private static final int LEAST_COMPRESSED = 1024;

  private static final int BUFFER = 1 << 14;

  private ResponseBody() {}

  static void write(WireResponse answer, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType(
        answer.jsonLength() < 0 ? "application/json" : "application/octet-stream");
    if (answer.jsonLength() >= 0) {
      response.setIntHeader(BinaryTensorHeader.NAME, answer.jsonLength());
    }
    String encoding =
        answer.length() < LEAST_COMPRESSED ? null : encoding(request.getHeader("Accept-Encoding"));
    if (encoding == null) {
      response.setContentLength(answer.length());
      response.getOutputStream().write(answer.body(), 0, answer.length());
      return;
    }
    response.setHeader("Content-Encoding", encoding);
    response.setHeader("Vary", "Accept-Encoding");
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try (OutputStream compressed =
        encoding.equals("gzip")
            ? new GZIPOutputStream(response.getOutputStream(), BUFFER)
            : new DeflaterOutputStream(response.getOutputStream(), deflater, BUFFER)) {
      compressed.write(answer.body(), 0, answer.length());
    } finally {
      deflater.end();
    }
  }

  /** The better of the encodings that the caller accepts, or {@code null} for none. */
  static @Nullable String encoding(@Nullable String accepted) {
    if (accepted == null) {
      return null;
    }
    String best = null;
    for (String part : accepted.split(",", -1)) {
      String[] pieces = part.trim().split("\\s*;\\s*q\\s*=\\s*", -1);
      if (pieces.length > 1 && pieces[1].matches("0(\\.0*)?")) {
        continue;
      }
      switch (pieces[0]) {
        case "gzip", "*" -> {
          return "gzip";
        }
        case "deflate" -> best = "deflate";
        default -> {
          // Not one that is spoken here.
        }
      }
    }
    return best;
  }
}
