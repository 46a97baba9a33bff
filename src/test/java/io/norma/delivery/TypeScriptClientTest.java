package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * The TypeScript client that is generated from the contract, compiled and run by Node, and the
 * contract's lint. Skipped, with a line that says so, where there is no Node or an old one.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class TypeScriptClientTest {
  private static final int OLDEST_NODE = 20;
  private static final Path SOURCES = Path.of("src/client/typescript");
  private static final Path WORK = Path.of("target/typescript-client");

  @LocalServerPort private int port;

  @BeforeAll
  static void installCompilerAndLinter() throws Exception {
    needNode();
    Files.createDirectories(WORK);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(SOURCES)) {
      for (Path file : files) {
        Files.copy(
            file,
            WORK.resolve(SOURCES.relativize(file)),
            StandardCopyOption.REPLACE_EXISTING,
            StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    Tool.Outcome install =
        Tool.run(WORK, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
    assertThat(install.exit()).as(install.output()).isZero();
  }

  @Test
  void compilesTellsDigitsAndReadsErrors() throws Exception {
    Tool.Outcome compiled = Tool.run(WORK, "npm", "run", "--silent", "build");
    assertThat(compiled.exit()).as(compiled.output()).isZero();

    List<String> command = new ArrayList<>(List.of("node", "build/digits.js"));
    command.add("http://localhost:" + port);
    for (String digit :
        List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")) {
      command.add(Path.of("examples/digits", digit + ".json").toAbsolutePath().toString());
    }
    Tool.Outcome asked = Tool.run(WORK, command.toArray(String[]::new));
    assertThat(asked.exit()).as(asked.output()).isZero();
    assertThat(asked.output().lines().toList())
        .satisfiesExactly(
            digits -> assertThat(digits).isEqualTo("0 1 2 3 4 5 6 7 8 9"),
            unknown -> assertThat(unknown).startsWith("404 Request for unknown model: 'letters'"),
            tooFew -> assertThat(tooFew).startsWith("400 ").contains("63"));
  }

  @Test
  void theContractPassesItsLinter() throws Exception {
    Path contract = Path.of("openapi/norma.yaml").toAbsolutePath();
    Tool.Outcome lint =
        Tool.run(
            WORK, "npm", "run", "--silent", "lint", "--", "--max-problems=20", contract.toString());
    assertThat(lint.exit()).as(lint.output()).isZero();
    assertThat(lint.output()).contains("valid").doesNotContain("Warning was generated");
  }

  private static void needNode() throws InterruptedException {
    String found = Tool.answer(Path.of("."), "node", "--version");
    Matcher version = Pattern.compile("v(\\d+)\\..*").matcher(found);
    Tool.need(
        version.matches() && Integer.parseInt(version.group(1)) >= OLDEST_NODE,
        "the TypeScript client and the contract's lint need Node %d or newer, and there is %s"
            .formatted(OLDEST_NODE, found.isEmpty() ? "none" : found),
        "NORMA_NODE_REQUIRED");
  }
}
