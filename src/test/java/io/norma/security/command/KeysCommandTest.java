package io.norma.security.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.RunningService;
import io.norma.service.ServiceClient;
import io.norma.store.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KeysCommandTest {
  @TempDir Path directory;

  /** What the command answered: its exit code, and what a script and a person get to see. */
  private record Answer(int code, String out, String err) {}

  private static Answer run(String... arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream answered = new ByteArrayOutputStream();
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    System.setOut(new PrintStream(answered, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
    try {
      int code = KeysCommand.run(arguments);
      return new Answer(
          code, answered.toString(StandardCharsets.UTF_8), told.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** On a database that nobody has used before. */
  @ParameterizedTest
  @EnumSource
  void makesTheFirstKeyThatTheServiceThenTakes(TestDatabase database) {
    String url = database.url(directory);
    String where = "--spring.datasource.url=" + url;
    Answer made = run("keys", "create", "--name=ops", "--scopes=infer, activate", where);
    assertThat(made.code()).as(made.err()).isZero();
    assertThat(made.out()).matches("norma_[0-9a-f]{16}_[0-9a-f]{64}\\R");
    String key = made.out().strip();
    String limited =
        run(
                "keys",
                "create",
                "--name=camera",
                "--scopes=infer",
                "--models=resnet*,digits",
                "--expires-in=P30D",
                where)
            .out()
            .strip();
    Answer twice = run("keys", "create", "--name=ops", "--scopes=admin", where);
    assertThat(twice.code()).isEqualTo(1);
    assertThat(twice.out()).isEmpty();
    assertThat(twice.err()).contains("there is a key with the name 'ops'");
    List<String> listed = run("keys", "list", where).out().lines().toList();
    assertThat(listed).hasSize(2);
    assertThat(String.join("\n", listed))
        .contains("\tops\tinfer,activate\t*\tmade ", " by command\tfor good\tnever used")
        .contains("\tcamera\tinfer\tresnet*,digits\t", "until ")
        .doesNotContain(key.substring(24));

    try (RunningService service =
        RunningService.start(directory, url, "--norma.security.mode=authenticated")) {
      ServiceClient client =
          new ServiceClient(
              service
                  .context()
                  .getEnvironment()
                  .getRequiredProperty("local.server.port", Integer.class));
      assertThat(status(client, "/v1/models", key)).isEqualTo(200);
      assertThat(status(client, "/v2/models/resnet18", limited)).isEqualTo(404);
      assertThat(status(client, "/v2/models/other", limited)).isEqualTo(403);
    }
    Answer revoked = run("keys", "revoke", key.split("_", -1)[1], where);
    assertThat(revoked.out()).startsWith("revoked " + key.split("_", -1)[1] + " ops");
    assertThat(run("keys", "list", where).out()).contains(" by command\tnever used");
  }

  private static int status(ServiceClient client, String path, String key) {
    return client.send("GET", path, Map.of("X-API-Key", key), null).status();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "keys",
        "keys make",
        "keys create --name=a --scope=infer",
        "keys create --scopes=infer",
        "keys create a --scopes=infer --name=a",
        "keys revoke",
        "keys revoke a b",
        "keys list x",
      })
  void saysHowItIsUsed(String line) {
    Answer answer =
        run(
            Stream.concat(
                    Stream.of(line.split(" ", -1)),
                    Stream.of("--norma.data-directory=" + directory.resolve("d")))
                .toArray(String[]::new));
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.out()).isEmpty();
    assertThat(answer.err()).contains("usage: java -jar norma.jar keys create");
  }

  @Test
  void saysWhatIsWrongWithAKey() {
    String where = "--spring.datasource.url=" + TestDatabase.H2.url(directory);
    assertThat(run("keys", "create", "--name=a", "--scopes=read", where).err())
        .contains("--scopes has 'read', which is none of infer, calibrate, activate, admin");
    assertThat(run("keys", "create", "--name=a", "--scopes=infer", "--expires-in=30d", where).err())
        .contains("such as P30D");
    assertThat(run("keys", "create", "--name=a/b", "--scopes=infer", where).err())
        .contains("'name': must have");
    assertThat(run("keys", "create", "--name=admin-key", "--scopes=infer", where).err())
        .contains("'name': must be none of");
    assertThat(run("keys", "revoke", "none", where).err()).contains("there is no key with id");
  }
}
