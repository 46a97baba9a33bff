package io.norma.http;

import io.norma.http.codec.BinaryBody;
import io.norma.http.codec.Json;
import io.norma.http.codec.StrictJson;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.Validator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Locale;
import org.springframework.stereotype.Component;

/** Small bodies that say what to do: records, with the constraints that their components name. */
@Component
public final class JsonBody {
  private static final byte[] EMPTY = "{}".getBytes(StandardCharsets.UTF_8);

  private final Validator validator;

  JsonBody(Validator validator) {
    this.validator = validator;
  }

  /**
   * Reads a body.
   *
   * @throws ServingException.Invalid if it is no JSON object
   * @throws ServingException.InvalidField if a field is missing, is not known, or has a value that
   *     it must not have
   */
  public <T> T read(HttpServletRequest request, Class<T> type) throws IOException {
    RequestBody body = RequestBody.read(request);
    return read(body.bytes(), body.length(), type);
  }

  /** As {@link #read}, where a body that is an array stands for an object with this one field. */
  public <T> T readWithArrayAs(String field, HttpServletRequest request, Class<T> type)
      throws IOException {
    RequestBody body = RequestBody.read(request);
    byte[] bytes = body.bytes();
    int first = 0;
    while (first < body.length() && bytes[first] <= ' ' && bytes[first] > 0) {
      first++;
    }
    if (first == body.length() || bytes[first] != '[') {
      return read(bytes, body.length(), type);
    }
    byte[] opening = ("{\"" + field + "\":").getBytes(StandardCharsets.UTF_8);
    byte[] object = new byte[opening.length + body.length() + 1];
    System.arraycopy(opening, 0, object, 0, opening.length);
    System.arraycopy(bytes, 0, object, opening.length, body.length());
    object[object.length - 1] = '}';
    return read(object, object.length, type);
  }

  /** As {@link #read}, of a body that may be missing altogether: then it has no fields. */
  public <T> T readOptional(HttpServletRequest request, Class<T> type) throws IOException {
    RequestBody body = RequestBody.read(request);
    return body.length() == 0
        ? read(EMPTY, EMPTY.length, type)
        : read(body.bytes(), body.length(), type);
  }

  private <T> T read(byte[] body, int length, Class<T> type) {
    T read;
    try {
      read = StrictJson.read(body, length, type);
    } catch (ServingException.Invalid e) {
      throw BinaryBody.explained(e, body, length);
    }
    validator.validate(read).stream()
        .min(Comparator.comparing(violation -> violation.getPropertyPath().toString()))
        .ifPresent(JsonBody::refuse);
    return read;
  }

  private static void refuse(ConstraintViolation<?> violation) {
    // As the naming strategy of the records writes it.
    String field =
        violation
            .getPropertyPath()
            .toString()
            .replaceAll("([A-Z])", "_$1")
            .toLowerCase(Locale.ROOT);
    Object value = violation.getInvalidValue();
    throw Json.invalid(
        field, violation.getMessage() + (value == null ? "" : ", but is " + Json.described(value)));
  }
}
