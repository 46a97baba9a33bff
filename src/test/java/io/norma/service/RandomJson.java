package io.norma.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON of a schema of the contract, or nearly so: the same for the same random numbers. */
final class RandomJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int DEEPEST = 6;
  private static final int MOST_ELEMENTS = 4;
  private static final int NESTING = 150;

  /** Where integers break. */
  private static final long[] EDGES = {
    0,
    1,
    -1,
    2,
    7,
    255,
    65536,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 31,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private static final double[] NUMBERS = {0, -0.0, 0.5, 1, -1, 1e-320, 1e38, 1e39, 1e308, -1e308};

  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "a",
          "digits",
          "default@1",
          "night",
          "null",
          "NaN",
          "-Infinity",
          "2147483648",
          "\u0000",
          "a\u0000b",
          "\ud800",
          "ä ö \u4e2d \ud83d\ude00",
          "../../etc/passwd",
          "'; DROP TABLE x; --",
          "<script>",
          "%s%n%x",
          "x".repeat(300),
          "x".repeat(5000),
          "\r\nA: b",
          "{}",
          "\u202e",
          "FP32",
          "training");

  private final ExchangeValidator contract;
  private final Random random;

  RandomJson(ExchangeValidator contract, Random random) {
    this.contract = contract;
    this.random = random;
  }

  String text() {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }

  /** A value of a schema: what is required is nearly always there. */
  JsonNode of(JsonNode schema) {
    return of(contract.resolved(schema), DEEPEST);
  }

  private JsonNode of(JsonNode schema, int depth) {
    if (schema.has("example") && random.nextInt(3) == 0) {
      return schema.path("example");
    }
    if (schema.has("const")) {
      return schema.path("const");
    }
    if (schema.has("enum")) {
      return schema.path("enum").get(random.nextInt(schema.path("enum").size()));
    }
    return switch (type(schema)) {
      case "object" -> object(schema, depth);
      case "array" -> array(schema, depth);
      case "integer" -> NODES.numberNode(integer(schema));
      case "number" -> NODES.numberNode(NUMBERS[random.nextInt(NUMBERS.length)]);
      case "boolean" -> NODES.booleanNode(random.nextBoolean());
      case "string" -> NODES.stringNode(text());
      default -> odd();
    };
  }

  private String type(JsonNode schema) {
    JsonNode type = schema.path("type");
    if (type.isArray()) {
      return type.get(random.nextInt(type.size())).asString();
    }
    return type.asString(schema.has("properties") ? "object" : "");
  }

  private ObjectNode object(JsonNode schema, int depth) {
    ObjectNode object = NODES.objectNode();
    if (depth == 0) {
      return object;
    }
    List<String> required = new ArrayList<>();
    schema.path("required").forEach(name -> required.add(name.asString()));
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      boolean wanted =
          required.contains(property.getKey()) ? random.nextInt(20) > 0 : random.nextInt(3) == 0;
      if (wanted) {
        JsonNode resolved = contract.resolved(property.getValue());
        object.set(property.getKey(), of(resolved, depth - 1));
      }
    }
    JsonNode more = schema.path("additionalProperties");
    if (more.isObject()) {
      for (int i = random.nextInt(3); i > 0; i--) {
        object.set(text(), of(contract.resolved(more), depth - 1));
      }
    }
    return object;
  }

  private ArrayNode array(JsonNode schema, int depth) {
    ArrayNode array = NODES.arrayNode();
    JsonNode items = contract.resolved(schema.path("items"));
    for (int i = random.nextInt(MOST_ELEMENTS + 1); i > 0 && depth > 0; i--) {
      array.add(of(items, depth - 1));
    }
    return array;
  }

  private long integer(JsonNode schema) {
    if (random.nextBoolean()) {
      return schema.path("minimum").asLong(0) + random.nextInt(4);
    }
    return EDGES[random.nextInt(EDGES.length)];
  }

  /** A value of any type. */
  JsonNode odd() {
    return switch (random.nextInt(9)) {
      case 0 -> NODES.nullNode();
      case 1 -> NODES.booleanNode(random.nextBoolean());
      case 2 -> NODES.numberNode(EDGES[random.nextInt(EDGES.length)]);
      case 3 -> NODES.numberNode(NUMBERS[random.nextInt(NUMBERS.length)]);
      case 4 -> NODES.objectNode();
      case 5 -> NODES.arrayNode();
      case 6 -> nested(random.nextInt(NESTING));
      case 7 -> NODES.arrayNode().add(odd()).add(odd());
      default -> NODES.stringNode(text());
    };
  }

  private static JsonNode nested(int depth) {
    JsonNode inner = NODES.numberNode(1);
    for (int i = 0; i < depth; i++) {
      inner = NODES.arrayNode().add(inner);
    }
    return inner;
  }

  /** The same with one value taken away, or another in its place. */
  JsonNode changed(JsonNode value) {
    JsonNode copy = value.deepCopy();
    List<JsonNode> places = new ArrayList<>();
    collect(copy, places);
    if (places.isEmpty()) {
      return odd();
    }
    switch (places.get(random.nextInt(places.size()))) {
      case ObjectNode object -> {
        List<String> names = new ArrayList<>(object.propertyNames());
        String name = names.get(random.nextInt(names.size()));
        switch (random.nextInt(3)) {
          case 0 -> object.remove(name);
          case 1 -> object.set(text(), object.remove(name));
          default -> object.set(name, odd());
        }
      }
      case ArrayNode array -> {
        int at = random.nextInt(array.size());
        if (random.nextBoolean()) {
          array.remove(at);
        } else {
          array.set(at, odd());
        }
      }
      case JsonNode other -> throw new IllegalStateException("no place in " + other);
    }
    return copy;
  }

  private static void collect(JsonNode node, List<JsonNode> places) {
    if (node.isContainer() && !node.isEmpty()) {
      places.add(node);
      node.forEach(child -> collect(child, places));
    }
  }
}
