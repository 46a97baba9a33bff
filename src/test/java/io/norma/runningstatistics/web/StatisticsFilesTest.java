package io.norma.runningstatistics.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.Digits;
import io.norma.service.StatisticsClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Running statistics in the files and the names of other frameworks. {@code make_statistics.py} has
 * written the files with NumPy, PyTorch and Keras; all but {@code half.npz} hold the numbers of the
 * digits' shifted running statistics.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
final class StatisticsFilesTest {
  private static final Path FILES = Path.of("src/test/resources/statistics");
  private static final String SETS = "/v1/models/digits/running-statistics/";
  private static final String ANY = "application/octet-stream";

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
    registry.add("norma.models.max-upload-bytes", () -> "1MB");
  }

  @LocalServerPort int port;
  private StatisticsClient client = new StatisticsClient(0);
  private final String set = "set-" + UUID.randomUUID();

  @BeforeEach
  void awaitReady() {
    client = new StatisticsClient(port).awaitReady();
  }

  @ParameterizedTest
  @CsvSource({
    "pytorch.npz, application/x-npz, unbiased",
    "pytorch.npz, application/vnd.safetensors, unbiased",
    "versions.npz, application/zip, unbiased",
    "wrapped.npz, application/octet-stream, unbiased",
    "tensorflow.npz, application/x-npz, population",
    "keras-names.safetensors, application/octet-stream, population",
    "from-keras.safetensors, application/vnd.safetensors, population",
    "from-weights-h5.safetensors, application/vnd.safetensors, population",
    "from-h5.safetensors, application/vnd.safetensors, population"
  })
  void takesTheSameNumbersFromFilesOfAllFrameworks(String file, String type, String convention) {
    StatisticsClient.Answer loaded = client.put(SETS + set, bytes(file), type);
    assertThat(loaded.status()).as(loaded.text()).isEqualTo(201);
    assertThat(loaded.json().get("variance_convention").asString()).isEqualTo(convention);
    assertThat(layersOf(set)).isEqualTo(expected());
    assertThat(codes(loaded)).doesNotContain("OTHER_WEIGHTS");
  }

  @Test
  void widensHalfNumbersAsNumpyDoes() throws IOException {
    assertThat(client.put(SETS + set, bytes("half.npz"), "application/x-npz").status())
        .isEqualTo(201);
    JsonNode layers = layersOf(set);
    JsonNode numpy = StatisticsClient.JSON.readTree(Files.readAllBytes(FILES.resolve("half.json")));
    for (String layer : new String[] {"bn1", "bn2", "bn3", "bn4"}) {
      for (int i = 0; i < numpy.get(layer + ".running_var").size(); i++) {
        assertThat((float) layers.at("/" + layer + "/mean/" + i).asDouble())
            .isEqualTo((float) numpy.get(layer + ".running_mean").get(i).asDouble());
        assertThat((float) layers.at("/" + layer + "/variance/" + i).asDouble())
            .isEqualTo((float) numpy.get(layer + ".running_var").get(i).asDouble());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "wrapped.npz, the beginning 'module.' of all was left away: 'module.bn1 → bn1'",
    "tensorflow.npz, the beginning 'net/' of all was left away: 'net/bn1 → bn1'",
    "from-weights-h5.safetensors, 'each was taken for the layer with its gamma and beta: "
        + "''layers/batch_normalization → bn1'', ''layers/batch_normalization_1 → bn2'''"
  })
  void saysHowItFoundLayersOfOtherNames(String file, String expected) {
    JsonNode warning = client.put(SETS + set, bytes(file), ANY).json().at("/warnings/0");
    assertThat(warning.get("code").asString()).isEqualTo("OTHER_NAMES");
    assertThat(warning.get("message").asString()).contains(expected);
    assertThat(warning.get("names").size()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pytorch.npz", "keras-names.safetensors"})
  void saysNothingOfNamesThatDifferInTheirSeparatorsAlone(String file) {
    assertThat(client.put(SETS + set, bytes(file), ANY).json().get("warnings")).isEmpty();
  }

  @Test
  void comparesWeightsThatCameUnderAnotherBeginning() {
    JsonNode layers = expected();
    ObjectNode arrays = StatisticsClient.JSON.createObjectNode();
    layers
        .properties()
        .forEach(layer -> {
          arrays.set("net." + layer.getKey() + ".running_mean", layer.getValue().get("mean"));
          arrays.set("net." + layer.getKey() + ".running_var", layer.getValue().get("variance"));
        });
    arrays.set("net.bn2.weight", layers.at("/bn2/mean"));
    arrays.set("net.fc2.bias", layers.at("/bn2/mean"));
    StatisticsClient.Answer loaded =
        client.put(
            SETS + set, StatisticsClient.JSON.createObjectNode().set("arrays", arrays).toString());
    assertThat(codes(loaded)).containsExactly("OTHER_NAMES", "OTHER_WEIGHTS", "OWN_GAMMA_AND_BETA");
    assertThat(loaded.json().at("/warnings/1/message").asString())
        .contains("'fc2.bias' is of shape [32] instead of [10]");
    assertThat(loaded.json().at("/warnings/2/names/0").asString()).isEqualTo("bn2");
  }

  @Test
  void takesKerasNamesInJson() {
    ObjectNode arrays = StatisticsClient.JSON.createObjectNode();
    expected()
        .properties()
        .forEach(layer -> {
          arrays.set("net/" + layer.getKey() + "/moving_mean:0", layer.getValue().get("mean"));
          arrays.set(
              "net/" + layer.getKey() + "/moving_variance:0", layer.getValue().get("variance"));
        });
    ObjectNode document = StatisticsClient.JSON.createObjectNode();
    document.set("arrays", arrays);
    StatisticsClient.Answer loaded = client.put(SETS + set, document.toString());
    assertThat(loaded.status()).as(loaded.text()).isEqualTo(201);
    assertThat(loaded.json().get("variance_convention").asString()).isEqualTo("population");
    assertThat(layersOf(set)).isEqualTo(expected());
  }

  @Test
  void takesArraysByTheNamesOfAStateDictInJson() {
    JsonNode layers = expected();
    ObjectNode arrays = StatisticsClient.JSON.createObjectNode();
    layers
        .properties()
        .forEach(layer -> {
          arrays.set("module." + layer.getKey() + ".running_mean", layer.getValue().get("mean"));
          arrays.set("module." + layer.getKey() + ".running_var", layer.getValue().get("variance"));
        });
    arrays.set("module.fc9.bias", layers.at("/bn1/mean"));
    ObjectNode document = StatisticsClient.JSON.createObjectNode();
    document.set("arrays", arrays);
    StatisticsClient.Answer loaded = client.put(SETS + set, document.toString());
    assertThat(loaded.status()).as(loaded.text()).isEqualTo(201);
    assertThat(loaded.json().at("/ignored/0").asString()).isEqualTo("module.fc9.bias");
    assertThat(layersOf(set)).isEqualTo(expected());
  }

  @Test
  void refusesLayersThatCouldBeEitherOfTwo() {
    // bn3 and bn4 both have 64 channels, and no γ and β came along.
    String json = Digits.request("shifted/running-statistics.json").replace("\"bn", "\"norm_");
    StatisticsClient.Answer answer = client.put(SETS + set, json);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("detail").asString())
        .contains("layer 'bn3' is missing: expected a mean and a variance of shape [64]")
        .contains("Found and not used: 'norm_1', 'norm_2', 'norm_3', 'norm_4'");
  }

  @Test
  void refusesAPartOfTheNetworkThatChannelsAloneWouldFind() {
    ObjectNode document =
        (ObjectNode)
            StatisticsClient.JSON.readTree(
                Digits.request("shifted/running-statistics.json")
                    .replace("\"bn1", "\"z")
                    .replace("\"bn2", "\"a"));
    ObjectNode layers = (ObjectNode) document.get("layers");
    layers.remove("bn3");
    layers.remove("bn4");
    document.put("base", "default");
    assertThat(client.put(SETS + set, document.toString()).status()).isEqualTo(400);
  }

  @Test
  void refusesTwoMeansOfOneLayer() {
    StatisticsClient.Answer answer =
        client.put(
            SETS + set, "{\"arrays\": {\"bn1/moving_mean\": [1], \"bn1.running_mean\": [1]}}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("detail").asString())
        .contains("'bn1/moving_mean' and 'bn1.running_mean' are both the mean of layer 'bn1'");
  }

  @Test
  void refusesLayersBesideArrays() {
    String both =
        """
        {"arrays": {"bn1.running_mean": [1]}, "layers": {"bn1": {"mean": [1], "variance": [1]}}}
        """;
    StatisticsClient.Answer answer = client.put(SETS + set, both);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().at("/fields/0").asString()).isEqualTo("arrays");
  }

  @Test
  void listsWhatItFoundAndDidNotUse() {
    StringBuilder arrays = new StringBuilder("{\"arrays\": {\"norm.running_mean\": [1]");
    for (int i = 0; i < 40; i++) {
      arrays.append(", \"dense_%d/kernel\": [1]".formatted(i));
    }
    String detail =
        client.put(SETS + set, arrays.append("}}").toString()).json().get("detail").asString();
    assertThat(detail)
        .contains("'bn1' is missing")
        .contains("Found and not used: 'norm', 'dense_0/kernel', 'dense_1/kernel'")
        .endsWith("and 21 more");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "state-dict.pt | application/vnd.safetensors | a PyTorch file (.pt or .pth) |"
            + " torch.load(\"model.pt\", weights_only=True",
        "state-dict.pt | application/zip | a PyTorch file (.pt or .pth) |"
            + " safetensors.torch.save_file",
        "old-state-dict.pth | application/vnd.safetensors | a pickle | safetensors.torch.save_file",
        "model.weights.h5 | application/x-hdf5 | an HDF5 file | h5py.File(\"model.weights.h5\")",
        "legacy.h5 | application/octet-stream | an HDF5 file | safetensors.numpy.save_file",
        "model.keras | application/zip | a Keras model (.keras) | keras.saving.load_model"
      })
  void refusesOtherFilesWithTheLinesThatConvertThem(
      String file, String type, String what, String lines) {
    StatisticsClient.Answer answer = client.put(SETS + set, bytes(file), type);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("detail").asString()).contains(what).contains(lines);
    assertThat(client.get(SETS + set).status()).isEqualTo(404);
  }

  @Test
  void refusesAnArchiveThatGrowsBeyondTheLimit() throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bomb)) {
      zip.putNextEntry(new ZipEntry("bn1.running_mean.npy"));
      byte[] zeros = new byte[1 << 16];
      for (int i = 0; i < 1600; i++) {
        zip.write(zeros);
      }
    }
    assertThat(bomb.size()).isLessThan(1 << 20);
    StatisticsClient.Answer answer =
        client.put(SETS + set, bomb.toByteArray(), "application/x-npz");
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.json().get("detail").asString()).contains("norma.models.max-upload-bytes");
  }

  @Test
  void refusesWhatIsNoneOfTheFormats() {
    StatisticsClient.Answer answer = client.put(SETS + set, new byte[64], ANY);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("detail").asString()).contains("safetensors").contains("ONNX");
  }

  private JsonNode layersOf(String name) {
    return client.get(SETS + name).json().get("layers");
  }

  private JsonNode expected() {
    String name = "expected-" + UUID.randomUUID();
    client.put(SETS + name, Digits.request("shifted/running-statistics.json"));
    return layersOf(name);
  }

  private static List<String> codes(StatisticsClient.Answer answer) {
    return answer.json().get("warnings").valueStream().map(w -> w.get("code").asString()).toList();
  }

  private static byte[] bytes(String file) {
    try {
      return Files.readAllBytes(FILES.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
