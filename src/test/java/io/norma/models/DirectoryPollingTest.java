package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.norma.service.LabelledNetwork;
import io.norma.service.RunningService;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/** A model directory that changes; the looks are taken one by one. */
final class DirectoryPollingTest {
  @TempDir Path directory;
  private Path models;
  private RunningService service;
  private StatisticsClient client;
  private DirectoryPolling polling;

  @BeforeEach
  void start() throws IOException {
    models = Files.createDirectories(directory.resolve("models"));
    copy("first", 1, new LabelledNetwork(1).bytes());
    service =
        RunningService.start(
            directory, TestDatabase.H2.url(directory), "--norma.models.directory=" + models);
    client = service.client();
    polling = polling();
    polling.begin();
  }

  private DirectoryPolling polling() {
    return new DirectoryPolling(
        models,
        service.context().getBean(ModelLifecycle.class),
        service.context().getBean(ModelRepository.class));
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private void copy(String model, int version, byte[] bytes) throws IOException {
    Path folder = Files.createDirectories(models.resolve(model).resolve("" + version));
    Files.write(folder.resolve("model.onnx"), bytes);
  }

  /** What has not changed between two looks is acted on. */
  private void twoLooks() {
    polling.follow();
    polling.follow();
  }

  private void assertAnswers(String model, double label) {
    Answer answer = client.post("/v2/models/" + model + "/infer", LabelledNetwork.ZEROS);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().at("/outputs/0/data/0").asDouble()).isEqualTo(label, within(1e-4));
  }

  @Test
  void servesWhatHasCome() throws IOException {
    copy("second", 7, new LabelledNetwork(7).bytes());
    copy("first", 2, new LabelledNetwork(2).bytes());
    twoLooks();
    assertAnswers("second/versions/7", 7);
    assertAnswers("first/versions/1", 1);
    assertAnswers("first", 2);
  }

  @Test
  void servesNoLongerWhatIsGone() throws IOException {
    copy("first", 2, new LabelledNetwork(2).bytes());
    copy("second", 1, new LabelledNetwork(7).bytes());
    twoLooks();
    FileSystemUtils.deleteRecursively(models.resolve("first/2"));
    FileSystemUtils.deleteRecursively(models.resolve("second"));
    twoLooks();
    assertAnswers("first", 1);
    assertThat(client.get("/v2/models/first/versions/2").status()).isEqualTo(404);
    assertThat(client.get("/v1/models/second").status()).isEqualTo(404);
  }

  @Test
  void replacesWhatHasChanged() throws IOException {
    copy("first", 1, new LabelledNetwork(5).bytes());
    twoLooks();
    assertAnswers("first", 5);
    assertThat(client.get("/v1/models/first/versions/1").json().path("sha256").asString())
        .isEqualTo(new LabelledNetwork(5).sha256());
  }

  @Test
  void loadsNothingAnewThatHasNotChanged() throws IOException {
    ModelRepository repository = service.context().getBean(ModelRepository.class);
    ServedModel before = repository.get("first", 1L);
    copy("first", 2, new LabelledNetwork(2).bytes());
    twoLooks();
    assertThat(repository.get("first", 1L)).isSameAs(before);
  }

  @Test
  void waitsUntilAFileIsWhole() throws IOException {
    byte[] bytes = new LabelledNetwork(3).bytes();
    for (int length = 10; length < bytes.length; length += bytes.length / 5) {
      copy("slow", 1, Arrays.copyOf(bytes, length));
      polling.follow();
      // Nothing was tried: half of a file would be listed as one that cannot be loaded.
      assertThat(client.get("/v1/models/slow").status()).isEqualTo(404);
    }
    copy("slow", 1, bytes);
    twoLooks();
    assertAnswers("slow", 3);
  }

  @Test
  void tellsOfWhatCannotBeLoaded() throws IOException {
    copy("broken", 1, new byte[] {1, 2, 3});
    copy("first", 1, new byte[] {1, 2, 3});
    twoLooks();
    assertThat(client.get("/v1/models/broken").json().at("/versions/0/state").asString())
        .isEqualTo("unavailable");
    assertAnswers("first", 1);
    String health = client.get("/actuator/health/readiness").text();
    assertThat(health).contains("\"broken/1\":\"unavailable: ", "\"first/1\":\"ready as it was; ");
    assertThat(metric("norma_models_outdated")).isEqualTo(1);
    assertThat(metric("norma_models_unavailable")).isEqualTo(1);
    copy("broken", 1, new LabelledNetwork(4).bytes());
    copy("first", 1, new LabelledNetwork(6).bytes());
    twoLooks();
    assertAnswers("broken", 4);
    assertAnswers("first", 6);
    assertThat(metric("norma_models_outdated")).isZero();
  }

  private double metric(String name) {
    return client
        .get("/actuator/prometheus")
        .text()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void followsAConfigurationThatChanges() throws IOException {
    copy("first", 2, new LabelledNetwork(2).bytes());
    Path config = models.resolve("first/config.pbtxt");
    Files.writeString(config, "version_policy { specific { versions: 1 } }");
    twoLooks();
    assertAnswers("first", 1);
    assertThat(client.get("/v2/models/first/versions/2").status()).isEqualTo(404);
    Files.delete(config);
    twoLooks();
    assertAnswers("first", 2);
  }

  @Test
  void leavesAModelUnloadedWhoseFilesStay() {
    assertThat(client.post("/v2/repository/models/first/unload", "").status()).isEqualTo(200);
    twoLooks();
    assertThat(client.get("/v2/models/first/ready").status()).isEqualTo(404);
  }

  @Test
  void changesNothingWhileTheDirectoryIsAway() throws IOException {
    Path away = directory.resolve("away");
    Files.move(models, away);
    twoLooks();
    assertAnswers("first", 1);
    Files.move(away, models);
    twoLooks();
    assertAnswers("first", 1);
  }

  @Test
  void looksByItselfAsOftenAsIsSet() throws IOException {
    service.close();
    service =
        RunningService.start(
            directory,
            TestDatabase.H2.url(directory),
            "--norma.models.directory=" + models,
            "--norma.models.directory-poll=50ms");
    client = service.client();
    copy("second", 1, new LabelledNetwork(8).bytes());
    await().until(() -> client.get("/v2/models/second/ready").status() == 200);
    assertAnswers("second", 8);
  }
}
