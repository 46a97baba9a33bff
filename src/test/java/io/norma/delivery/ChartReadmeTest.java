package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The chart's README tells every parameter, its default and its meaning as values.yaml does. */
class ChartReadmeTest {
  private static final Gson JSON =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
  private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| `([^`]+)` \\| (.+) \\|");
  private static final Pattern KEY = Pattern.compile("( *)([A-Za-z0-9]+):.*");

  private record Parameter(String value, String meaning) {}

  @Test
  void listsEveryParameterWithItsDefaultAndMeaning() throws IOException {
    assertThat(fromReadme()).containsExactlyEntriesOf(fromValues());
  }

  private static Map<String, Parameter> fromReadme() throws IOException {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (String line : Files.readAllLines(Chart.DIRECTORY.resolve("README.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        String value = JSON.toJson(JSON.fromJson(row.group(2), Object.class));
        parameters.put(row.group(1), new Parameter(value, row.group(3)));
      }
    }
    return parameters;
  }

  /** Every key with a comment above it is a parameter. */
  private static Map<String, Parameter> fromValues() throws IOException {
    Path file = Chart.DIRECTORY.resolve("values.yaml");
    Object values = new Yaml().load(Files.readString(file));
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    String path = "";
    String comment = "";
    List<String> lines = Files.readAllLines(file);
    for (String line : lines.subList(1, lines.size())) {
      Matcher key = KEY.matcher(line);
      if (line.strip().startsWith("#")) {
        comment = line.strip().substring(2);
      } else if (key.matches()) {
        path = parent(path, key.group(1).length() / 2) + key.group(2);
        if (!comment.isEmpty()) {
          parameters.put(path, new Parameter(valueAt(values, path), comment));
        }
        comment = "";
      }
    }
    return parameters;
  }

  private static String parent(String path, int depth) {
    StringBuilder parent = new StringBuilder();
    List<String> names = List.of(path.split("\\.", -1));
    names.subList(0, depth).forEach(name -> parent.append(name).append('.'));
    return parent.toString();
  }

  private static String valueAt(Object values, String path) {
    Object value = values;
    for (String name : path.split("\\.", -1)) {
      value = ((Map<?, ?>) value).get(name);
      if (value == null) {
        throw new AssertionError(path + " has no value");
      }
    }
    return JSON.toJson(JSON.fromJson(JSON.toJson(value), Object.class));
  }
}
