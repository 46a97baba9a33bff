package io.norma.service;

import io.norma.fuzz.SampleFiles;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Requests for the operations of the contract, by turns: their parameters, headers and bodies of
 * the contract's schemas, or not quite.
 */
final class RandomRequests {
  private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)}");
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete");

  /** What a client of Java may not say for itself. */
  private static final Set<String> NOT_SET = Set.of("Accept-Encoding");

  /** Of each variable, what mostly names something. */
  private static final Map<String, List<String>> NAMES =
      Map.of(
          "model", List.of("digits", "digits", "fuzzed"),
          "version", List.of("1", "1", "2"),
          "set", List.of("default", "night", "day"),
          "revision", List.of("1", "2"),
          "normalizer", List.of("prices", "other"),
          "calibration", List.of("none"));

  private static final List<String> ODD_NAMES =
      List.of(
          "0",
          "-1",
          "1.5",
          "99999999999999999999",
          "%00",
          "%20",
          "..",
          "%2e%2e",
          "a%2Fb",
          "a%5Cb",
          "%7Bx%7D",
          "a;b=c",
          "%C3%A4",
          "%F0%9F%98%80",
          "%ff",
          "%ED%A0%80",
          "a@1",
          "@",
          "-",
          ".a",
          "x".repeat(129),
          "x".repeat(2000),
          "%27%20OR%201=1",
          "%25s",
          "a%0d%0aB:c",
          "CON",
          "null");

  private static final List<String> TYPES =
      List.of(
          "application/json",
          "application/octet-stream",
          "text/plain",
          "application/xml",
          "multipart/form-data",
          "multipart/form-data; boundary=x",
          "image/png",
          "image/gif",
          "application/x-npy",
          "application/json; charset=utf-16",
          "application/x-ndjson",
          "application/zip",
          "application/onnx",
          "application/vnd.safetensors",
          "a",
          "/",
          ";",
          "application/x-www-form-urlencoded",
          "*/*");

  private static final List<String> ACCEPTED =
      List.of(
          "*/*",
          "application/json",
          "text/html",
          "application/problem+json",
          "image/*",
          "a",
          "",
          "application/octet-stream",
          "text/event-stream",
          "application/json;q=0",
          "x/y;q=2",
          "application/x-npy",
          "application/vnd.safetensors",
          "application/yaml");

  /** One request. */
  record Request(String method, String path, Map<String, String> headers, byte @Nullable [] body) {
    @Override
    public String toString() {
      String shown =
          body == null
              ? ""
              : new String(body, 0, Math.min(body.length, 500), StandardCharsets.UTF_8);
      return "%s %s %s %s".formatted(method, path, headers, shown);
    }
  }

  /** An operation, and where it stands. */
  private record Operation(String method, String path, JsonNode described, JsonNode common) {}

  private final ExchangeValidator contract;
  private final Random random;
  private final RandomJson json;
  private final List<Operation> operations = new ArrayList<>();
  private final List<String> calibrations = new ArrayList<>();
  private int turn;

  RandomRequests(ExchangeValidator contract, long seed) {
    this.contract = contract;
    random = new Random(seed);
    json = new RandomJson(contract, random);
    for (Map.Entry<String, JsonNode> path : contract.document().path("paths").properties()) {
      JsonNode common = path.getValue().path("parameters");
      for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
        if (METHODS.contains(operation.getKey())) {
          operations.add(
              new Operation(operation.getKey(), path.getKey(), operation.getValue(), common));
        }
      }
    }
  }

  int operations() {
    return operations.size();
  }

  /** Notes a calibration, so that later requests may be about it. */
  void add(String calibration) {
    calibrations.add(calibration);
  }

  Request next() {
    Operation operation = operations.get(turn++ % operations.size());
    List<JsonNode> parameters = new ArrayList<>();
    operation.common.forEach(parameter -> parameters.add(contract.resolved(parameter)));
    operation
        .described
        .path("parameters")
        .forEach(parameter -> parameters.add(contract.resolved(parameter)));
    Map<String, String> headers = new LinkedHashMap<>();
    byte[] body = body(contract.resolved(operation.described.path("requestBody")), headers);
    addHeaders(parameters, headers);
    return new Request(
        operation.method.toUpperCase(Locale.ROOT),
        path(operation) + query(parameters),
        headers,
        body);
  }

  private String path(Operation operation) {
    // The events of a calibration come until it ends.
    boolean endless = operation.path.endsWith("/events");
    return VARIABLE
        .matcher(operation.path)
        .replaceAll(variable -> Matcher.quoteReplacement(name(variable.group(1), endless)));
  }

  private String name(String variable, boolean none) {
    if (random.nextInt(6) == 0) {
      return one(ODD_NAMES);
    }
    if (variable.equals("calibration") && !none && !calibrations.isEmpty()) {
      return one(calibrations);
    }
    return one(NAMES.getOrDefault(variable, List.of("1")));
  }

  private String query(List<JsonNode> parameters) {
    List<String> query = new ArrayList<>();
    for (JsonNode parameter : parameters) {
      boolean required = parameter.path("required").asBoolean(false);
      if (parameter.path("in").asString().equals("query")
          && random.nextInt(10) < (required ? 8 : 2)) {
        query.add(parameter.path("name").asString() + "=" + encoded(value(parameter)));
      }
    }
    if (random.nextInt(20) == 0) {
      query.add(encoded(json.text()) + "=" + encoded(json.text()));
    }
    return query.isEmpty() ? "" : "?" + String.join("&", query);
  }

  private String value(JsonNode parameter) {
    if (random.nextInt(3) == 0) {
      return json.text();
    }
    JsonNode value =
        parameter.has("example") && random.nextBoolean()
            ? parameter.path("example")
            : json.of(parameter.path("schema"));
    return value.isString() ? value.asString() : value.toString();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private void addHeaders(List<JsonNode> parameters, Map<String, String> headers) {
    for (JsonNode parameter : parameters) {
      String name = parameter.path("name").asString();
      if (parameter.path("in").asString().equals("header")
          && !NOT_SET.contains(name)
          && !headers.containsKey(name)
          && random.nextInt(8) == 0) {
        headers.put(name, printable(value(parameter)));
      }
    }
    if (random.nextInt(8) == 0) {
      headers.put("Accept", one(ACCEPTED));
    }
    if (random.nextInt(30) == 0) {
      headers.put("Traceparent", printable(json.text()));
    }
    if (random.nextInt(30) == 0) {
      headers.put("X-Forwarded-For", printable(json.text()));
    }
  }

  /** What a client of Java sends in a header. */
  private static String printable(String value) {
    return value.replaceAll("[^\\x20-\\x7e]", "?");
  }

  private byte @Nullable [] body(JsonNode declared, Map<String, String> headers) {
    JsonNode content = declared.path("content");
    if (content.isMissingNode()) {
      return random.nextInt(10) == 0 ? SampleFiles.text(json.odd().toString()) : null;
    }
    if (random.nextInt(25) == 0) {
      return null;
    }
    List<String> types = new ArrayList<>(content.propertyNames());
    String type = one(types);
    if (random.nextInt(10) == 0) {
      headers.put("Content-Type", one(TYPES));
    } else if (!type.equals("*/*")) {
      headers.put("Content-Type", type);
    }
    byte[] body = type.contains("json") ? written(content.path(type)) : bytes(type, headers);
    return random.nextInt(12) == 0 ? damaged(body) : body;
  }

  private byte[] written(JsonNode content) {
    JsonNode value = example(content);
    if (value == null || random.nextInt(3) == 0) {
      value = json.of(content.path("schema"));
    }
    for (int i = random.nextInt(4) - 1; i > 0; i--) {
      value = json.changed(value);
    }
    String text = value.isString() ? value.asString() : value.toString();
    if (random.nextInt(15) == 0) {
      // A name twice.
      text = text.replaceFirst("\\{(\"[^\"]*\":)", "{$1 7,$1");
    }
    return SampleFiles.text(text);
  }

  private @Nullable JsonNode example(JsonNode content) {
    List<JsonNode> examples = new ArrayList<>();
    content.path("examples").forEach(example -> examples.add(example.path("value")));
    JsonNode schema = contract.resolved(content.path("schema"));
    for (JsonNode one : List.of(content, schema)) {
      if (one.has("example")) {
        examples.add(one.path("example"));
      }
    }
    return examples.isEmpty() ? null : one(examples);
  }

  /** Files of the kinds that are taken, and bytes behind JSON. */
  private byte[] bytes(String type, Map<String, String> headers) {
    return switch (type) {
      case "image/png" -> SampleFiles.digits("three.png");
      case "application/x-npy" -> SampleFiles.digits("three.npy");
      case "image/jpeg" -> SampleFiles.text("\u00ff\u00d8\u00ff");
      default -> {
        if (random.nextBoolean()) {
          yield random.nextBoolean() ? ServiceTest.digitsModel() : SampleFiles.digits("three.json");
        }
        byte[] head =
            SampleFiles.text(
                "{\"mode\":\"training\",\"input\":{\"shape\":[2,2],\"datatype\":\"FP32\","
                    + "\"parameters\":{\"binary_data_size\":16}}}");
        headers.put("Inference-Header-Content-Length", Integer.toString(head.length));
        yield SampleFiles.concat(head, SampleFiles.floats(1, 2, 3, 4));
      }
    };
  }

  private byte[] damaged(byte[] body) {
    if (body.length == 0) {
      return body;
    }
    byte[] damaged = Arrays.copyOf(body, 1 + random.nextInt(body.length));
    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
    return damaged;
  }

  private <T> T one(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
