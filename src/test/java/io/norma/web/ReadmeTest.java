package io.norma.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The README's commands do what it says. */
final class ReadmeTest extends ServiceTest {
  private static final Pattern CURL =
      Pattern.compile("curl -s (?:-T (\\S+) )?http://localhost:8080(\\S+)(?: -d @(\\S+))?");

  static Stream<String> commands() {
    return new String(bytes(Path.of("README.md")), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("curl -s ") && line.contains("/models/"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCurlLineIsAnswered(String line) {
    Matcher command = CURL.matcher(line);
    assertThat(command.matches()).as("not understood by this test: %s", line).isTrue();
    // A line may ask the model that the line before it uploads.
    client.put("/v1/models/mine/versions/1", digitsModel());
    Exchange answer;
    if (command.group(1) != null) {
      answer = client.put(command.group(2), bytes(Path.of(command.group(1))));
    } else if (command.group(3) != null) {
      answer =
          client.post(
              command.group(2),
              bytes(Path.of(command.group(3))),
              Map.of("Content-Type", "application/x-www-form-urlencoded"));
    } else {
      answer = client.get(command.group(2));
    }
    assertThat(answer.status()).as(answer.text()).isBetween(200, 201);
  }
}
