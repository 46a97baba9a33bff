package io.norma.delivery;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.Yaml;

/** One document that the chart renders: {@code kind} with its group and version, and its fields. */
record Manifest(String kind, String name, Map<String, Object> fields) {
  static Manifest of(@Nullable Object document) {
    Map<String, Object> fields = map(document);
    Map<String, Object> metadata = map(fields.get("metadata"));
    return new Manifest(
        fields.get("apiVersion") + "/" + fields.get("kind"),
        requireNonNull(metadata.get("name"), "metadata.name").toString(),
        fields);
  }

  static Manifest parse(String yaml) {
    return of(new Yaml().load(yaml));
  }

  String yaml() {
    return new Yaml().dump(fields);
  }

  private static Map<String, Object> map(@Nullable Object document) {
    Map<String, Object> map = new LinkedHashMap<>();
    if (!(document instanceof Map<?, ?> fields)) {
      throw new IllegalArgumentException("a map was expected, not " + document);
    }
    fields.forEach((key, value) -> map.put(String.valueOf(key), requireNonNull(value)));
    return map;
  }
}
