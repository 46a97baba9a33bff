package io.norma.runningstatistics.store;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Records that the database keeps as JSON, in a column that may have nothing. */
final class StoredJson {
  private static final JsonMapper MAPPER = new JsonMapper();

  private StoredJson() {}

  static String write(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  static <T> @Nullable T read(@Nullable String json, Class<T> type) {
    return json == null ? null : MAPPER.readValue(json, type);
  }
}
