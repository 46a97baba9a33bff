package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.norma.onnx.FoldedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Each page's calls of {@code curl} in their order: all of them are answered, and where a page
 * shows an answer, that is it.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
final class DocumentedCommandsTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```\\w*\n(.*?)^```$");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");
  private static final Pattern COMMAND = Pattern.compile("curl |id=|receipt=");
  private static final Pattern IDENTIFIER = Pattern.compile("id=\\$\\((curl .*) \\| sed .*\\)");
  private static final Pattern RECEIPT = Pattern.compile("receipt=\\$\\((curl .*) \\| sed .*\\)");
  private static final Pattern ADDRESS = Pattern.compile("(?:http://)?localhost:8080(/.*)");

  private static final Path DIGITS = Path.of("src/main/resources/models/digits/1/model.onnx");

  /** What stands for the files that a reader brings. */
  private static final Map<String, Path> FILES = new HashMap<>();

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @LocalServerPort int port;
  private ServiceClient client = new ServiceClient(0);
  private String identifier = "";
  private String receipt = "";

  /** What commands wrote to files. */
  private final Map<String, byte[]> written = new HashMap<>();

  @BeforeAll
  static void bringFiles(@TempDir Path folder) throws IOException {
    FoldedModel folded = FoldedModel.of(Files.readAllBytes(DIGITS));
    FILES.put("statistics.json", Path.of("examples/digits/shifted/running-statistics.json"));
    FILES.put("statistics.npz", Path.of("src/test/resources/statistics/pytorch.npz"));
    FILES.put("export.onnx", DIGITS);
    FILES.put("folded.onnx", Files.write(folder.resolve("folded.onnx"), folded.onnx()));
    FILES.put(
        "checkpoint.safetensors",
        Files.write(folder.resolve("checkpoint.safetensors"), folded.checkpoint()));
    FILES.put("clean-batch.json", Path.of("examples/digits/clean/test-1.json"));
    FILES.put(
        "request.json",
        Files.writeString(
            folder.resolve("request.json"), Digits.request("three.json", "receipt", true)));
  }

  static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
    try (Stream<Path> files = Files.list(Path.of("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    pages.removeIf(page -> commands(page).isEmpty());
    assertThat(pages).hasSizeGreaterThanOrEqualTo(3);
    return pages;
  }

  @BeforeEach
  void awaitReady() {
    client = new ServiceClient(port);
    await("ready")
        .atMost(Duration.ofMinutes(1))
        .until(() -> client.get("/v2/health/ready").status() == 200);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void areAnswered(Path page) {
    for (Command command : commands(page)) {
      Matcher begun = IDENTIFIER.matcher(command.text());
      Matcher asked = RECEIPT.matcher(command.text());
      Exchange answer =
          send(
              begun.matches() ? begun.group(1) : asked.matches() ? asked.group(1) : command.text());
      assertThat(answer.status())
          .as("%s: %s: %s", page, command.text(), answer.text())
          .isBetween(200, 201);
      if (begun.matches()) {
        identifier = answer.json().get("id").asString();
      }
      if (asked.matches()) {
        receipt = answer.json().get("receipt").toString();
      }
      if (command.answer() != null) {
        requireAlike(JSON.readTree(command.answer()), answer.json(), command.text());
      }
    }
  }

  /**
   * @param answer that the page shows behind the command
   */
  private record Command(String text, @Nullable String answer) {}

  private static List<Command> commands(Path page) {
    List<Command> commands = new ArrayList<>();
    BLOCK
        .matcher(text(page))
        .results()
        .map(block -> block.group(1))
        .forEach(block -> {
          if (block.startsWith("{") && !commands.isEmpty()) {
            commands.add(new Command(commands.removeLast().text(), block));
          }
          StringBuilder open = new StringBuilder();
          for (String line : block.lines().toList()) {
            if (!open.isEmpty() || COMMAND.matcher(line).lookingAt()) {
              open.append(line).append('\n');
              String text = open.toString();
              if (!line.endsWith("\\") && text.chars().filter(c -> c == '\'').count() % 2 == 0) {
                commands.add(new Command(text.replace("\\\n", " ").strip(), null));
                open.setLength(0);
              }
            }
          }
          assertThat(open).as("%s: a command does not end", page).isEmpty();
        });
    return commands;
  }

  private Exchange send(String command) {
    List<String> words =
        WORD.matcher(command.replace("$id", identifier).replaceFirst("\\s# .*$", ""))
            .results()
            .map(word ->
                word.group(1) != null
                    ? word.group(1)
                    : word.group(2) != null ? word.group(2) : word.group(3))
            .map(word -> word.equals("$receipt") ? receipt : word)
            .toList();
    assertThat(words.getFirst()).isEqualTo("curl");
    String method = null;
    String path = "";
    byte[] body = null;
    String output = null;
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = 1; i < words.size(); i++) {
      String word = words.get(i);
      switch (word) {
        case "-s" -> {}
        case "-o" -> output = words.get(++i);
        case "-X" -> method = words.get(++i);
        case "-H" -> {
          String[] header = words.get(++i).split(": ", 2);
          headers.put(header[0], header[1]);
        }
        case "-T" -> {
          body = file(words.get(++i));
          method = "PUT";
        }
        case "-d", "--data-binary", "--json" -> {
          if (word.equals("--json")) {
            headers.put("Content-Type", "application/json");
            headers.put("Accept", "application/json");
          }
          String data = words.get(++i);
          byte[] more =
              data.startsWith("@")
                  ? file(data.substring(1))
                  : data.getBytes(StandardCharsets.UTF_8);
          body = body == null ? more : joined(body, more);
          method = method == null ? "POST" : method;
          headers.putIfAbsent("Content-Type", FORM);
        }
        default -> {
          Matcher address = ADDRESS.matcher(word);
          assertThat(address.matches()).as("not understood: '%s' of %s", word, command).isTrue();
          path = address.group(1);
        }
      }
    }
    Exchange answer = send(method == null ? "GET" : method, path, headers, body);
    if (output != null) {
      written.put(output, answer.body());
    }
    return answer;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** As curl does, which calls a body a form; the contract has that for inferences alone. */
  private Exchange send(
      String method, String path, Map<String, String> headers, byte @Nullable [] body) {
    if (!FORM.equals(headers.get("Content-Type")) || path.endsWith("/infer")) {
      return client.send(method, path, headers, body);
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    headers.forEach(request::header);
    Map<String, String> declared = new LinkedHashMap<>(headers);
    declared.remove("Content-Type");
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
      Exchange exchange = Exchange.of(method, path, declared, body, response);
      ExchangeValidator.get().validate(exchange);
      return exchange;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private byte[] file(String name) {
    byte[] own = written.get(name);
    if (own != null) {
      return own;
    }
    if (name.equals("statistics.safetensors")) {
      Map<String, String> accept = Map.of("Accept", "application/vnd.safetensors");
      return client.send("GET", "/v1/models/digits/running-statistics/night", accept, null).body();
    }
    return bytes(FILES.getOrDefault(name, Path.of(name)));
  }

  /** The same but for the last digits of numbers, which differ from machine to machine. */
  private static void requireAlike(JsonNode shown, JsonNode given, String where) {
    if (shown.isNumber()) {
      assertThat(given.asDouble())
          .as(where)
          .isCloseTo(shown.asDouble(), within(1e-6 * Math.max(1, Math.abs(shown.asDouble()))));
      return;
    }
    assertThat(given.getNodeType()).as(where).isEqualTo(shown.getNodeType());
    if (shown.isObject()) {
      assertThat(given.propertyNames()).as(where).isEqualTo(shown.propertyNames());
      for (String name : shown.propertyNames()) {
        requireAlike(shown.get(name), given.get(name), where + ": " + name);
      }
    } else if (shown.isArray()) {
      assertThat(given.size()).as(where).isEqualTo(shown.size());
      for (int i = 0; i < shown.size(); i++) {
        requireAlike(shown.get(i), given.get(i), where + ": " + i);
      }
    } else {
      assertThat(given).as(where).isEqualTo(shown);
    }
  }

  private static String text(Path page) {
    return new String(bytes(page), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
