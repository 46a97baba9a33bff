package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine's jar, and the program of {@code docs/engine.md} that has nothing besides. */
final class EngineIT {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```\\w*\n(.*?)^```$");
  private static final String VECTORS = "--add-modules=jdk.incubator.vector";

  @TempDir Path directory;
  private List<String> blocks = List.of();

  @BeforeEach
  void layOut() throws Exception {
    String page = Files.readString(Path.of("docs/engine.md"));
    blocks = BLOCK.matcher(page).results().map(block -> block.group(1)).toList();
    Files.writeString(directory.resolve("Digits.java"), block("import "));
    Path lib = Files.createDirectory(directory.resolve("lib"));
    Files.copy(Jars.engine(), lib.resolve("engine.jar"));
    Path protobuf =
        Path.of(Message.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Files.copy(protobuf, lib.resolve("protobuf-java.jar"));
  }

  @Test
  void runsThePagesExample() throws Exception {
    Ran ran = run(block("java ").strip());

    assertThat(ran.output()).isEqualTo(block("as trained: "));
    assertThat(ran.errors()).isEqualTo("WARNING: Using incubator modules: jdk.incubator.vector\n");
  }

  @Test
  void saysOnceWhatItLacksWithoutTheVectorApi() throws Exception {
    Ran ran = run(block("java ").strip().replace(VECTORS + " ", ""));

    assertThat(ran.output()).isEqualTo(block("as trained: "));
    assertThat(ran.errors()).containsOnlyOnce("scalar kernels").containsOnlyOnce(VECTORS);
  }

  @Test
  void holdsTheEngineAloneAndNamesItsOnlyDependency() throws IOException {
    try (JarFile jar = new JarFile(Jars.engine().toFile())) {
      List<String> files =
          jar.stream().filter(file -> !file.isDirectory()).map(JarEntry::getName).toList();
      String pom = "META-INF/maven/io.norma/norma-engine/pom.xml";
      assertThat(files)
          .contains(
              "io/norma/kernel/tensor/Tensor.class",
              "io/norma/network/Network.class",
              "io/norma/onnx/proto/ModelProto.class",
              pom)
          .allMatch(file ->
              file.matches("io/norma/(kernel|network|onnx)/.*\\.class")
                  || file.equals("META-INF/MANIFEST.MF")
                  || file.equals(pom));
      String text =
          new String(jar.getInputStream(jar.getEntry(pom)).readAllBytes(), StandardCharsets.UTF_8);
      assertThat(text)
          .containsOnlyOnce("<dependency>")
          .contains("<artifactId>protobuf-java</artifactId>")
          .doesNotContain("@");
    }
  }

  private String block(String beginning) {
    return blocks.stream().filter(text -> text.startsWith(beginning)).findFirst().orElseThrow();
  }

  private record Ran(String output, String errors) {}

  /** As a shell would, but with the files where they were laid out. */
  private Ran run(String command) throws IOException, InterruptedException {
    List<String> words =
        List.of(command.split(" ")).stream()
            .map(word ->
                switch (word) {
                  case "java" -> Jars.java();
                  case "'lib/*'" -> directory.resolve("lib") + "/*";
                  case "Digits.java" -> directory.resolve(word).toString();
                  default -> word;
                })
            .toList();
    Path errors = directory.resolve("errors");
    Process process = new ProcessBuilder(words).redirectError(errors.toFile()).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
    return new Ran(output, Files.readString(errors));
  }
}
