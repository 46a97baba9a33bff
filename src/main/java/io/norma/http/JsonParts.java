package io.norma.http;

import io.norma.http.codec.Json;
import io.norma.http.codec.KnownNames;
import io.norma.http.codec.RequestMemory;
import io.norma.serving.ServingException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The objects that a document is made of, each to be read by the reader of such objects. What a
 * reader says of a field is told with the name of its object before it.
 */
public final class JsonParts {
  private final Map<String, byte[]> parts;

  private JsonParts(Map<String, byte[]> parts) {
    this.parts = parts;
  }

  /**
   * Takes a document apart.
   *
   * @param length bytes of the array that are the document
   * @param names of its objects, all of which must be there, and nothing else
   * @throws ServingException.Invalid if it is no JSON object
   * @throws ServingException.InvalidField if an object is missing, there twice, or none
   */
  public static JsonParts of(byte[] body, int length, String... names) {
    Map<String, byte[]> parts =
        Json.object(
            Json.lenientParser(body, 0, length), parser -> parts(parser, body, List.of(names)));
    for (String name : names) {
      if (!parts.containsKey(name)) {
        throw Json.invalid(name, "is missing");
      }
    }
    return new JsonParts(parts);
  }

  private static Map<String, byte[]> parts(JsonParser parser, byte[] body, List<String> names) {
    Map<String, byte[]> parts = new HashMap<>();
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      if (!names.contains(field)) {
        throw Json.invalid(
            field, "is no field of this request; " + KnownNames.insteadOf(field, names));
      }
      Json.requireStart(parser, JsonToken.START_OBJECT, field);
      int start = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
      parser.skipChildren();
      int end = Math.toIntExact(parser.currentLocation().getByteOffset());
      RequestMemory.current().take(end - start);
      byte[] part = Arrays.copyOfRange(body, start, end);
      Json.once(parts.put(field, part), part, field);
    }
    return parts;
  }

  /**
   * Reads one of them.
   *
   * @throws ServingException as the reader does, with the object's name before the field's
   */
  public <T> T read(String name, Function<byte[], T> reader) {
    try {
      return reader.apply(parts.getOrDefault(name, new byte[0]));
    } catch (ServingException.InvalidField e) {
      String message = e.getMessage();
      throw new ServingException.InvalidField(
          name + "." + e.field(),
          message.startsWith("'" + e.field())
              ? "'" + name + "." + message.substring(1)
              : "'" + name + "." + e.field() + "': " + message);
    } catch (ServingException.Invalid e) {
      throw new ServingException.Invalid("'" + name + "': " + e.getMessage(), e);
    }
  }
}
