package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.operators.OnnxOperators;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table in {@code docs/operators.md} is the importer's. */
final class OperatorsPageTest {
  @Test
  void listsEveryOperator() throws IOException {
    assertThat(Files.readString(Path.of("docs/operators.md")))
        .as("paste this table into docs/operators.md:%n%s", table())
        .contains(table());
  }

  private static String table() {
    Map<Character, String> rows =
        OnnxOperators.names().stream()
            .sorted()
            .collect(
                Collectors.groupingBy(
                    name -> name.charAt(0), TreeMap::new, Collectors.joining(", ")));
    StringBuilder table = new StringBuilder("| | Operators |\n|---|---|\n");
    rows.forEach((letter, names) -> table.append("| %s | %s |\n".formatted(letter, names)));
    return table.toString();
  }
}
