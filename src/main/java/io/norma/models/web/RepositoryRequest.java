package io.norma.models.web;

import io.norma.http.codec.Json;
import io.norma.http.codec.KnownNames;
import io.norma.models.IncomingFiles;
import io.norma.models.ReceivedModel;
import io.norma.models.VersionFile;
import io.norma.serving.ServingException;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.JacksonIOException;

/**
 * The body of a request to the repository; it may be missing altogether. Files that a request to
 * load brings along in base64 are decoded to the disk as they come; {@link #close} deletes them.
 */
public final class RepositoryRequest implements AutoCloseable {
  private static final List<String> FIELDS = List.of("ready", "parameters");

  private static final String CONFIG = "config";

  /** Names of what was meant for a file, rightly written or not. */
  private static final Pattern LIKE_A_FILE =
      Pattern.compile("files?\\W.*|.*\\.onnx", Pattern.CASE_INSENSITIVE);

  private static final Pattern FILE = Pattern.compile("file:([1-9][0-9]{0,17})/(.+)");

  private final IncomingFiles incoming;
  private final SortedMap<Long, ReceivedModel> files = new TreeMap<>();
  private boolean readyOnly;
  private @Nullable String config;

  private RepositoryRequest(IncomingFiles incoming) {
    this.incoming = incoming;
  }

  /**
   * Reads a body.
   *
   * @throws ServingException.Invalid if it is neither empty nor what is expected
   */
  public static RepositoryRequest read(InputStream body, IncomingFiles incoming)
      throws IOException {
    RepositoryRequest request = new RepositoryRequest(incoming);
    PushbackInputStream stream = new PushbackInputStream(body);
    int first = stream.read();
    if (first < 0) {
      return request;
    }
    stream.unread(first);
    try {
      return Json.object(
          Json.parser(stream),
          parser -> {
            request.read(parser);
            return request;
          });
    } catch (ServingException.Invalid e) {
      request.close();
      // What is wrong with the characters is the caller's to mend, what is wrong with the stream
      // not.
      if (e.getCause() instanceof JacksonIOException broken
          && !(broken.getCause() instanceof CharConversionException)) {
        throw broken.getCause();
      }
      throw e;
    } catch (RuntimeException e) {
      request.close();
      throw e;
    }
  }

  /** Whether an index shall list only what is ready. */
  public boolean readyOnly() {
    return readyOnly;
  }

  /** The configuration that came along, as JSON. */
  public @Nullable String config() {
    return config;
  }

  /** By version, the models that came along, each with its files. */
  public SortedMap<Long, ReceivedModel> files() {
    return files;
  }

  private void read(JsonParser parser) {
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (field) {
        case "ready" -> readyOnly = Json.truth(parser, field);
        case "parameters" -> readParameters(parser);
        default -> {
          KnownNames.refuseNearMisses("", List.of(field), FIELDS);
          parser.skipChildren();
        }
      }
    }
  }

  private void readParameters(JsonParser parser) {
    Json.requireStart(parser, JsonToken.START_OBJECT, "parameters");
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      parser.nextToken();
      if (!LIKE_A_FILE.matcher(name).matches()) {
        KnownNames.refuseNearMisses("parameters.", List.of(name), List.of(CONFIG));
        if (name.equals(CONFIG)) {
          Json.requireStart(parser, JsonToken.VALUE_STRING, "parameters.config");
          config = parser.getString();
        } else {
          parser.skipChildren();
        }
        continue;
      }
      Matcher file = FILE.matcher(name);
      if (!file.matches()) {
        throw Json.invalid(
            "parameters." + name,
            "must be named file:<version>/model.onnx, or as what the model keeps beside it:"
                + " file:<version>/model.onnx.data");
      }
      Json.requireStart(parser, JsonToken.VALUE_STRING, "parameters." + name);
      decode(parser, Long.parseLong(file.group(1)), file.group(2));
    }
    files.forEach(RepositoryRequest::requireModel);
  }

  private static void requireModel(long version, ReceivedModel received) {
    if (!received.has(VersionFile.MODEL)) {
      throw Json.invalid(
          "parameters",
          "must have file:%d/model.onnx beside the other files of that version".formatted(version));
    }
  }

  private void decode(JsonParser parser, long version, String name) {
    try {
      files
          .computeIfAbsent(version, _ -> new ReceivedModel(incoming))
          .receive(name, out -> parser.readBinaryValue(out));
    } catch (IOException e) {
      throw new ServingException.Unavailable(
          "version %d cannot be kept on the disk: %s".formatted(version, e.getMessage()), e);
    }
  }

  @Override
  public void close() throws IOException {
    for (ReceivedModel received : files.values()) {
      received.close();
    }
  }
}
