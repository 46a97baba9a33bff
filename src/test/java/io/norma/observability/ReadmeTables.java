package io.norma.observability;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The tables of the README whose first column has names set in code. */
final class ReadmeTables {
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private ReadmeTables() {}

  /**
   * The second column by the names in the first; a row of several names with a part of the second
   * column for each, or with one part for all, is read as several.
   *
   * @param heading of the section that the table is in
   */
  static Map<String, String> secondColumn(String heading) throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    String section = readme.split("\n## " + heading + "\n", 2)[1].split("\n## ", 2)[0];
    Map<String, String> byName = new LinkedHashMap<>();
    section
        .lines()
        .filter(line -> line.startsWith("| `"))
        .forEach(line -> {
          String[] cells = line.split("\\|", -1);
          List<String> names = new ArrayList<>();
          CODE.matcher(cells[1]).results().forEach(match -> names.add(match.group(1)));
          String[] parts = cells[2].split("·", -1);
          for (int i = 0; i < names.size(); i++) {
            String part = parts[parts.length == names.size() ? i : 0];
            byName.put(names.get(i), part.replace("`", "").trim());
          }
        });
    return byName;
  }
}
