package io.norma.delivery;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are generated from the contract and compiled, but not run. */
class GeneratedClientsTest {
  @TempDir private Path classes;

  /** With what the client names as its dependencies, and nothing else. */
  @Test
  void nativeJavaCompiles() throws Exception {
    Pattern needed =
        Pattern.compile(
            "(jackson-(annotations|core|databind|datatype-jsr310)|jakarta\\.annotation-api)-.*");
    String path =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry ->
                needed.matcher(requireNonNull(Path.of(entry).getFileName()).toString()).matches())
            .collect(Collectors.joining(File.pathSeparator));
    List<Path> sources;
    try (Stream<Path> files = Files.walk(Path.of("target/native-java-client/src/main/java"))) {
      sources = files.filter(file -> file.toString().endsWith(".java")).toList();
    }
    assertThat(sources).hasSizeGreaterThan(80);

    JavaCompiler compiler = requireNonNull(ToolProvider.getSystemJavaCompiler());
    StringWriter output = new StringWriter();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
      List<String> options =
          List.of("-d", classes.toString(), "-classpath", path, "-proc:none", "-nowarn");
      boolean compiled =
          compiler
              .getTask(
                  output, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
              .call();
      assertThat(compiled).as(output.toString()).isTrue();
    }
    assertThat(classes.resolve("io/norma/client/api/InferenceApi.class")).exists();
  }

  /** Without a network: the client needs nothing but Go's own library. */
  @Test
  void goCompiles() throws Exception {
    Path client = Path.of("target/go-client");
    Tool.need(
        !Tool.answer(client, go("list", "-m")).isEmpty(),
        "the Go client needs Go, one that its go.mod does not find too old",
        "NORMA_GO_REQUIRED");
    for (String check : List.of("build", "vet")) {
      Tool.Outcome outcome = Tool.run(client, go(check, "./..."));
      assertThat(outcome.exit()).as(check + ": " + outcome.output()).isZero();
    }
  }

  private static String[] go(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of("env", "GOFLAGS=-mod=mod", "GOPROXY=off", "GOTOOLCHAIN=local", "go"));
    command.addAll(List.of(arguments));
    return command.toArray(String[]::new);
  }
}
