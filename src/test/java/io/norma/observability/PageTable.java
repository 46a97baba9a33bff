package io.norma.observability;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The table of a page in {@code docs} whose first column has names set in code. */
final class PageTable {
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private PageTable() {}

  /**
   * The second column by the names in the first; a row of several names with a part of the second
   * column for each, or with one part for all, is read as several.
   */
  static Map<String, String> secondColumn(String page) throws IOException {
    Map<String, String> byName = new LinkedHashMap<>();
    Files.readString(Path.of("docs", page))
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
