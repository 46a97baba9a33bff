package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same sources give the same bytes: nothing in the jars is of the machine or the moment. */
final class ReproducibleJarIT {
  private static final Pattern TIMESTAMP =
      Pattern.compile("<project.build.outputTimestamp>(.*)Z</project.build.outputTimestamp>");

  static List<Path> jars() throws IOException {
    return List.of(Jars.service(), Jars.engine());
  }

  @ParameterizedTest
  @MethodSource("jars")
  void everyEntryHasTheTimeThatThePomSays(Path jar) throws IOException {
    Matcher timestamp = TIMESTAMP.matcher(Files.readString(Path.of("pom.xml")));
    assertThat(timestamp.find()).isTrue();
    LocalDateTime time = LocalDateTime.parse(timestamp.group(1));
    try (JarFile file = new JarFile(jar.toFile())) {
      Enumeration<JarEntry> entries = file.entries();
      while (entries.hasMoreElements()) {
        JarEntry entry = entries.nextElement();
        assertThat(entry.getTimeLocal()).as(entry.getName()).isEqualTo(time);
      }
      assertThat(file.getManifest().getMainAttributes().keySet())
          .extracting(Object::toString)
          .doesNotContain("Built-By", "Build-Jdk", "Created-At", "Build-Time");
    }
  }
}
