package io.norma.web.protocol;

import io.norma.serving.ServingException;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.JacksonIOException;

/**
 * The body of a request to the repository; it may be missing altogether.
 *
 * @param readyOnly whether an index shall list only what is ready
 * @param files by version, the ONNX files that a request to load brings along in base64
 */
public record RepositoryRequest(boolean readyOnly, Map<Long, byte[]> files) {
  private static final Pattern FILE = Pattern.compile("file:([1-9][0-9]{0,17})/model\\.onnx");

  /**
   * Reads a body.
   *
   * @throws ServingException.Invalid if it is neither empty nor what is expected
   */
  public static RepositoryRequest read(InputStream body) throws IOException {
    PushbackInputStream stream = new PushbackInputStream(body);
    int first = stream.read();
    if (first < 0) {
      return new RepositoryRequest(false, Map.of());
    }
    stream.unread(first);
    try {
      return Json.object(Json.parser(stream), RepositoryRequest::read);
    } catch (ServingException.Invalid e) {
      // What is wrong with the characters is the caller's to mend, what is wrong with the stream
      // not.
      if (e.getCause() instanceof JacksonIOException broken
          && !(broken.getCause() instanceof CharConversionException)) {
        throw broken.getCause();
      }
      throw e;
    }
  }

  private static RepositoryRequest read(JsonParser parser) {
    boolean readyOnly = false;
    SortedMap<Long, byte[]> files = new TreeMap<>();
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (field) {
        case "ready" -> readyOnly = Json.truth(parser, field);
        case "parameters" -> readParameters(parser, files);
        default -> parser.skipChildren();
      }
    }
    return new RepositoryRequest(readyOnly, files);
  }

  private static void readParameters(JsonParser parser, SortedMap<Long, byte[]> files) {
    Json.requireStart(parser, JsonToken.START_OBJECT, "parameters");
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      parser.nextToken();
      if (!name.startsWith("file:")) {
        // A Triton configuration has nothing to add: the ONNX file says it all.
        parser.skipChildren();
        continue;
      }
      Matcher file = FILE.matcher(name);
      if (!file.matches()) {
        throw Json.invalid("parameters." + name, "must be named file:<version>/model.onnx");
      }
      Json.requireStart(parser, JsonToken.VALUE_STRING, "parameters." + name);
      files.put(Long.parseLong(file.group(1)), parser.getBinaryValue());
    }
  }
}
