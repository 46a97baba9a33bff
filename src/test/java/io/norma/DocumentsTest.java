package io.norma;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Links between the documents lead somewhere, and classes that they name are there. */
final class DocumentsTest {
  private static final Path DOCS = Path.of("docs");
  private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
  private static final Pattern CLASS = Pattern.compile("[A-Z][a-z]\\w+");

  static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>();
    documents.add(Path.of("README.md"));
    documents.add(Path.of("CONTRIBUTING.md"));
    documents.add(Path.of("helm/norma/README.md"));
    documents.add(Path.of("src/main/models/README.md"));
    try (Stream<Path> files = Files.walk(DOCS)) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
    }
    return documents;
  }

  @ParameterizedTest
  @MethodSource("documents")
  void linkToWhatIsThere(Path document) throws IOException {
    for (String link : links(document)) {
      String[] parts = link.split("#", 2);
      Path target = parts[0].isEmpty() ? document : beside(document, parts[0]);
      assertThat(target).as("%s links to %s", document, link).exists();
      if (parts.length == 2) {
        assertThat(anchors(target)).as("%s links to %s", document, link).contains(parts[1]);
      }
    }
  }

  @Test
  void everyPageIsFoundFromTheReadme() throws IOException {
    Set<Path> pages = new TreeSet<>();
    try (Stream<Path> files = Files.list(DOCS)) {
      files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
    }
    Path readme = Path.of("README.md");
    Set<Path> linked = new TreeSet<>();
    for (String link : links(readme)) {
      linked.add(beside(readme, link.split("#", 2)[0]));
    }

    assertThat(linked).containsAll(pages).contains(DOCS.resolve("decisions"));
  }

  @Test
  void theArchitectureNamesClassesThatAreThere() throws IOException {
    Set<String> classes;
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      classes =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".java"))
              .map(name -> name.substring(0, name.length() - ".java".length()))
              .collect(Collectors.toSet());
    }
    List<String> named =
        matches(CODE, text(DOCS.resolve("architecture.md")))
            .filter(code -> CLASS.matcher(code).matches())
            .toList();

    assertThat(named).isNotEmpty();
    assertThat(classes).containsAll(named);
  }

  /** Those to other files and headings, not those to other hosts. */
  private static List<String> links(Path document) throws IOException {
    String prose = CODE.matcher(text(document)).replaceAll("`code`");
    return matches(LINK, prose).filter(link -> !ELSEWHERE.matcher(link).matches()).toList();
  }

  private static Path beside(Path document, String link) {
    return document.resolveSibling(link).normalize();
  }

  /** The anchors of a document's headings, as GitHub and GitLab make them. */
  private static Set<String> anchors(Path document) throws IOException {
    Set<String> anchors = new HashSet<>();
    matches(HEADING, text(document))
        .forEach(heading -> {
          String anchor =
              heading
                  .toLowerCase(Locale.ROOT)
                  .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                  .replace(' ', '-');
          for (int again = 1; !anchors.add(anchor); again++) {
            anchor = anchor.replaceFirst("(-\\d+)?$", "-" + again);
          }
        });
    return anchors;
  }

  private static Stream<String> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().map((MatchResult match) -> match.group(1));
  }

  /** Without what stands in blocks of code. */
  private static String text(Path document) throws IOException {
    return CODE_BLOCK.matcher(Files.readString(document)).replaceAll("");
  }
}
