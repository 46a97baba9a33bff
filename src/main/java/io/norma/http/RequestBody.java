package io.norma.http;

import io.norma.http.codec.RequestMemory;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * A request's whole body.
 *
 * @param bytes may be longer than the body
 */
public record RequestBody(byte[] bytes, int length) {
  private static final int FIRST_GUESS = 1 << 13;

  /** A declared length is believed that far; for more, as much has to come first. */
  private static final int LARGEST_GUESS = 1 << 22;

  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  /** Names of UTF-8 and of what is a part of it. */
  private static final Set<String> UTF_8 = Set.of("utf-8", "utf8", "us-ascii", "ascii");

  private static final Pattern CHARSET =
      Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\";\\s]*)", Pattern.CASE_INSENSITIVE);

  /**
   * Reads a body with JSON to its end; the limit on its size is {@link RequestBodyFilter}'s.
   *
   * @throws ResponseStatusException if its type says that it is not in UTF-8
   */
  public static RequestBody read(HttpServletRequest request) throws IOException {
    requireUtf8(request);
    return readBytes(request);
  }

  /**
   * A body with JSON, to be read as it comes.
   *
   * @throws ResponseStatusException if its type says that it is not in UTF-8
   */
  public static InputStream stream(HttpServletRequest request) throws IOException {
    requireUtf8(request);
    return request.getInputStream();
  }

  private static void requireUtf8(HttpServletRequest request) {
    String type = request.getContentType();
    Matcher charset = CHARSET.matcher(type == null ? "" : type);
    if (charset.find() && !UTF_8.contains(charset.group(1).toLowerCase(Locale.ROOT))) {
      throw new ResponseStatusException(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          "the JSON must be written in UTF-8 (RFC 8259, section 8.1), not in charset '%s' as the Content-Type says"
              .formatted(charset.group(1)));
    }
  }

  /** Reads a body of bytes that mean what they mean, without JSON, to its end. */
  public static RequestBody readBytes(HttpServletRequest request) throws IOException {
    RequestMemory memory = RequestMemory.current();
    int declared = request.getContentLength();
    int guess = declared >= 0 ? Math.min(declared, LARGEST_GUESS) : FIRST_GUESS;
    memory.take(guess);
    byte[] bytes = new byte[guess];
    int length = 0;
    try (InputStream stream = request.getInputStream()) {
      while (true) {
        if (length == bytes.length) {
          if (length == declared) {
            break;
          }
          int more = declared >= 0 ? declared : (int) Math.min(2L * length, LARGEST_ARRAY);
          memory.take(more);
          bytes = Arrays.copyOf(bytes, more);
          memory.drop(length);
        }
        int read = stream.read(bytes, length, bytes.length - length);
        if (read < 0) {
          break;
        }
        length += read;
      }
    }
    return new RequestBody(bytes, length);
  }
}
