package io.norma.http;

import io.norma.http.codec.WireResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** Sends tensors, compressed where the caller asks for it and it pays. */
public final class ResponseBody {
  /** Smaller bodies are sent as they are. */
  private static final int LEAST_COMPRESSED = 1024;

  private static final int BUFFER = 1 << 14;

  private ResponseBody() {}

  public static void write(
      WireResponse answer, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType(answer.contentType());
    if (answer.jsonLength() >= 0) {
      response.setIntHeader(BinaryTensorHeader.NAME, answer.jsonLength());
    }
    try (OutputStream body =
        open(answer.length(), answer.length() >= LEAST_COMPRESSED, request, response)) {
      body.write(answer.body(), 0, answer.length());
    }
  }

  /**
   * Where to write an answer's bytes; to be closed behind the last.
   *
   * @param length of the answer
   * @param pays whether it is compressed where the caller accepts that, not only where it refuses
   *     anything else
   */
  static OutputStream open(
      long length, boolean pays, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String coding = AcceptEncoding.of(request).coding(pays);
    response.setHeader("Vary", "Accept-Encoding");
    if (coding == null) {
      response.setContentLengthLong(length);
      return response.getOutputStream();
    }
    response.setHeader("Content-Encoding", coding);
    return coding.equals("gzip")
        ? new GZIPOutputStream(response.getOutputStream(), BUFFER)
        : new FastDeflaterStream(response.getOutputStream());
  }

  /** Fast rather than small; frees what its deflater holds. */
  private static final class FastDeflaterStream extends DeflaterOutputStream {
    FastDeflaterStream(OutputStream stream) {
      super(stream, new Deflater(Deflater.BEST_SPEED), BUFFER);
    }

    @Override
    public void close() throws IOException {
      try {
        super.close();
      } finally {
        def.end();
      }
    }
  }
}
