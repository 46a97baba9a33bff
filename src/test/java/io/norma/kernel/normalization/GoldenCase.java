package io.norma.kernel.normalization;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A case that PyTorch computed, in float32 and from the same inputs in float64. */
public record GoldenCase(String name, JsonNode json) {
  private static final Path FILE = Path.of("../shared/golden/normalization_cases.json");

  /** All cases, or a test skipped in so many words where the file is not there. */
  public static List<GoldenCase> all() {
    Assumptions.assumeTrue(
        Files.exists(FILE), "skipped: " + FILE + " is not there to compare with");
    JsonNode cases = JsonMapper.builder().build().readTree(FILE.toFile()).get("cases");
    return StreamSupport.stream(cases.spliterator(), false)
        .map(json -> new GoldenCase(json.get("name").asString(), json))
        .toList();
  }

  public boolean is(String operation) {
    return json.has("op") && json.get("op").asString().equals(operation);
  }

  public boolean fails() {
    return json.has("error");
  }

  public boolean trains() {
    return json.get("mode").asString().equals("train") || !flag("track_running_stats");
  }

  public boolean flag(String field) {
    return json.get(field).asBoolean();
  }

  public double number(String field) {
    return json.get(field).asDouble();
  }

  /** The weight of the new batch in a step, counted from 1. */
  public double momentum(int step) {
    return json.get("momentum").isNull() ? 1.0 / step : number("momentum");
  }

  public boolean has(String array) {
    return json.get("arrays").has(array);
  }

  public double[] values(String array) {
    JsonNode data = json.get("arrays").get(array).get("data");
    double[] values = new double[data.size()];
    for (int i = 0; i < values.length; i++) {
      JsonNode value = data.get(i);
      values[i] = value.isString() ? Double.parseDouble(value.asString()) : value.asDouble();
    }
    return values;
  }

  public Shape shape(String array) {
    JsonNode shape = json.get("arrays").get(array).get("shape");
    int[] dimensions = new int[shape.size()];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = shape.get(i).asInt();
    }
    return Shape.of(dimensions);
  }

  /** An array that was given in float32, or {@code null}. */
  public @Nullable Tensor floats(String array) {
    if (!has(array)) {
      return null;
    }
    double[] values = values(array);
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return Tensor.of(shape(array), floats);
  }

  public Tensor required(String array) {
    Tensor tensor = floats(array);
    if (tensor == null) {
      throw new IllegalStateException(name + " has no " + array);
    }
    return tensor;
  }

  /** Compares with the float64 result: relative to its largest value, what is not finite alike. */
  public void assertClose(String array, double[] actual) {
    assertClose(array, actual, 0);
  }

  /**
   * As above; where large terms cancel, float64 itself knows the result no better than to its
   * rounding of the terms.
   */
  public void assertClose(String array, double[] actual, double terms) {
    double[] expected = values(array + "_f64");
    assertThat(actual).as(name + " " + array).hasSameSizeAs(expected);
    double largest = 0;
    for (double value : expected) {
      largest = Double.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest;
    }
    // Floats near zero are as exact as floats get; of a constant, float64 leaves its own noise.
    double floor = json.get("data").asString().equals("constant") ? 1e-12 : Float.MIN_VALUE;
    double tolerance = Math.max(Math.max(1e-5 * largest, 1e-15 * terms), floor);
    for (int i = 0; i < expected.length; i++) {
      boolean alike =
          Double.compare(actual[i], expected[i]) == 0
              || Math.abs(actual[i] - expected[i]) <= tolerance
              || (Math.abs(expected[i]) > Float.MAX_VALUE && actual[i] == (float) expected[i]);
      assertThat(alike)
          .as(
              "%s %s[%d]: expected %s, got %s, tolerance %s",
              name, array, i, expected[i], actual[i], tolerance)
          .isTrue();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
