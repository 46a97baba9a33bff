package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.FoldedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/**
 * The Python client that is generated from the contract, and every operation asked with it.
 * Skipped, with a line that says so, where there is no Python with the modules that the client
 * needs.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class PythonClientTest {
  /** In the versions that the generated code asks for. */
  private static final String FIND_MODULES =
      """
      import dateutil, pydantic, typing_extensions, urllib3
      numbers = lambda version: tuple(int(number) for number in version.split(".")[:2])
      assert numbers(pydantic.VERSION) >= (2, 11) and numbers(urllib3.__version__) >= (2, 7)
      print("there")
      """;

  private static final String KEY = "a-key-that-the-settings-have-for-python";

  private static final List<String> DIGITS =
      List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");

  @TempDir static Path data;

  @LocalServerPort private int port;

  @DynamicPropertySource
  static void properties(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", data::toString);
    registry.add("norma.security.mode", () -> "authenticated");
    registry.add("norma.security.admin-key", () -> KEY);
  }

  @Test
  void asksEveryOperation(@TempDir Path directory) throws Exception {
    Tool.need(
        Tool.answer(Path.of("."), "python3", "-c", FIND_MODULES).equals("there"),
        "the Python client needs python3 with pydantic 2.11, urllib3 2.7, python-dateutil and"
            + " typing-extensions, or newer",
        "NORMA_PYTHON_REQUIRED");

    List<String> command = new ArrayList<>(List.of("python3", "-B"));
    command.add("src/client/python/every_operation.py");
    command.add("target/python-client");
    command.add("http://localhost:" + port);
    command.add(KEY);
    Path model = Path.of("src/main/resources/models/digits/1/model.onnx");
    FoldedModel folded = FoldedModel.of(Files.readAllBytes(model));
    command.add(model.toString());
    command.add(Files.write(directory.resolve("folded.onnx"), folded.onnx()).toString());
    command.add(
        Files.write(directory.resolve("checkpoint.safetensors"), folded.checkpoint()).toString());
    for (String digit : DIGITS) {
      command.add("examples/digits/" + digit + ".json");
    }
    Tool.Outcome asked = Tool.run(Path.of("."), command.toArray(String[]::new));
    assertThat(asked.exit()).as(asked.output()).isZero();
    assertThat(asked.output().lines().distinct())
        .containsExactlyInAnyOrderElementsOf(operationsOfTheContract());
  }

  private static List<String> operationsOfTheContract() throws Exception {
    String contract = Files.readString(Path.of("openapi/norma.yaml"));
    return Pattern.compile("(?m)^ +operationId: (\\w+)$")
        .matcher(contract)
        .results()
        .map((MatchResult result) -> result.group(1))
        .toList();
  }
}
