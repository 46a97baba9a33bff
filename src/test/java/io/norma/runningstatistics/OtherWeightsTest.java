package io.norma.runningstatistics;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.runningstatistics.web.StatisticsBody;
import io.norma.service.Digits;
import io.norma.service.StatisticsClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** The digits' running statistics, loaded beside weights that are the digits' own or are not. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
final class OtherWeightsTest {
  private static final Path DIGITS = Path.of("src/main/resources/models/digits/1/model.onnx");

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @LocalServerPort int port;
  private StatisticsClient client = new StatisticsClient(0);
  private ModelProto digits = ModelProto.getDefaultInstance();

  @BeforeEach
  void awaitReady() throws IOException {
    client = new StatisticsClient(port).awaitReady();
    digits = ModelProto.parseFrom(Files.readAllBytes(DIGITS));
  }

  /** One tensor as a file has it. */
  private record Weights(List<Long> shape, float[] elements) {}

  private Map<String, Weights> stateDict() {
    Map<String, Weights> tensors = new LinkedHashMap<>();
    for (TensorProto tensor : digits.getGraph().getInitializerList()) {
      tensors.put(tensor.getName(), new Weights(tensor.getDimsList(), floats(tensor)));
    }
    return tensors;
  }

  private static float[] floats(TensorProto tensor) {
    FloatBuffer raw =
        tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] elements = new float[raw.remaining()];
    raw.get(elements);
    return elements;
  }

  private static float[] elements(Map<String, Weights> tensors, String name) {
    return Objects.requireNonNull(tensors.get(name)).elements();
  }

  private JsonNode load(Map<String, Weights> tensors, String type) {
    List<String> header = new ArrayList<>();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    tensors.forEach((name, tensor) -> {
      int start = data.size();
      for (float element : tensor.elements()) {
        data.writeBytes(encode(element, type));
      }
      header.add(
          "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(name, type, tensor.shape(), start, data.size()));
    });
    byte[] json = ("{" + String.join(",", header) + "}").getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + json.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(json.length).put(json).put(data.toByteArray());
    return load(file.array(), StatisticsBody.SAFETENSORS);
  }

  private static byte[] encode(float element, String type) {
    ByteBuffer bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    switch (type) {
      case "F16" -> bytes.putShort(Float.floatToFloat16(element));
      case "BF16" -> bytes.putShort((short) (Float.floatToRawIntBits(element) >>> 16));
      default -> bytes.putFloat(element);
    }
    byte[] encoded = new byte[bytes.position()];
    bytes.flip().get(encoded);
    return encoded;
  }

  /** The digits with one of their tensors changed. */
  private byte[] export(String tensor, Consumer<float[]> change) {
    GraphProto.Builder graph = digits.getGraph().toBuilder();
    for (TensorProto.Builder initializer : graph.getInitializerBuilderList()) {
      if (initializer.getName().equals(tensor)) {
        float[] elements = floats(initializer.build());
        change.accept(elements);
        ByteBuffer raw = ByteBuffer.allocate(4 * elements.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(elements);
        initializer.setRawData(ByteString.copyFrom(raw));
      }
    }
    return digits.toBuilder().setGraph(graph).build().toByteArray();
  }

  private JsonNode load(byte[] body, String type) {
    StatisticsClient.Answer answer =
        client.put("/v1/models/digits/running-statistics/s" + UUID.randomUUID(), body, type);
    assertThat(answer.status()).isEqualTo(201);
    return answer.json();
  }

  private static void assertWarns(JsonNode answer, String name, String... details) {
    assertThat(answer.get("warnings")).hasSize(1);
    JsonNode warning = answer.get("warnings").get(0);
    assertThat(warning.get("code").asString()).isEqualTo("OTHER_WEIGHTS");
    assertThat(warning.get("names").valueStream().map(JsonNode::asString)).containsExactly(name);
    assertThat(warning.get("message").asString())
        .contains("model 'digits' version 1")
        .contains(details);
  }

  @Test
  void saysNothingOfTheVerySameNetwork() {
    assertThat(load(digits.toByteArray(), "application/onnx").get("warnings")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"F32", "F16", "BF16"})
  void saysNothingOfAFullStateDictOfTheSameNetwork(String type) {
    JsonNode answer = load(stateDict(), type);

    assertThat(answer.get("warnings")).isEmpty();
    assertThat(answer.get("ignored").valueStream().map(JsonNode::asString))
        .contains("conv1.weight")
        .doesNotContain("bn1.weight");
  }

  @Test
  void saysNothingWhereRunningStatisticsComeAlone() {
    assertThat(
            client
                .put(
                    "/v1/models/digits/running-statistics/s" + UUID.randomUUID(),
                    Digits.request("shifted/running-statistics.json"))
                .json()
                .get("warnings"))
        .isEmpty();
  }

  @Test
  void saysWhichLayersBringAnotherGammaOrBeta() {
    byte[] other = export("bn2.weight", gamma -> gamma[7] += 0.25f);
    assertBrings(load(other, "application/onnx"), "bn2");

    Map<String, Weights> tensors = stateDict();
    elements(tensors, "bn4.bias")[0] -= 0.5f;
    assertBrings(load(tensors, "F32"), "bn4");
    assertBrings(load(tensors, "BF16"), "bn4");
  }

  private static void assertBrings(JsonNode answer, String layer) {
    assertThat(answer.get("warnings")).hasSize(1);
    assertThat(answer.at("/warnings/0/code").asString()).isEqualTo("OWN_GAMMA_AND_BETA");
    assertThat(answer.at("/warnings/0/names").valueStream().map(JsonNode::asString))
        .containsExactly(layer);
  }

  @Test
  void warnsOfAnotherConvolutionByTheNameOfItsWeights() {
    Map<String, Weights> tensors = stateDict();
    elements(tensors, "conv3.weight")[100] += 0.125f;

    assertWarns(load(tensors, "F32"), "conv3.weight", "'conv3.weight' is off by up to 0.125");
    assertWarns(load(tensors, "F16"), "conv3.weight", "'conv3.weight' is off by up to 0.125");
    assertWarns(
        load(export("conv3.weight", w -> w[100] += 0.125f), "application/onnx"),
        "conv3.weight",
        "'conv3.weight' is off by up to 0.125");
  }

  @Test
  void warnsOfAnotherEpsilon() {
    GraphProto.Builder graph = digits.getGraph().toBuilder();
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      if (node.getName().equals("/bn3/BatchNormalization")) {
        node.getAttributeBuilderList().stream()
            .filter(attribute -> attribute.getName().equals("epsilon"))
            .forEach(attribute -> attribute.setF(1e-3f));
      }
    }
    byte[] other = digits.toBuilder().setGraph(graph).build().toByteArray();

    assertWarns(
        load(other, "application/onnx"), "bn3", "epsilon of 'bn3' is 0.001 instead of 1.0E-5");
  }

  @Test
  void warnsOfAnotherShape() {
    Map<String, Weights> tensors = stateDict();
    tensors.put("fc2.weight", new Weights(List.of(12L, 64L), new float[12 * 64]));

    assertWarns(
        load(tensors, "F32"),
        "fc2.weight",
        "'fc2.weight' is of shape [12, 64] instead of [10, 64]");
  }

  @Test
  void saysNothingOfTransposedWeightsAndOfNamesItDoesNotHave() {
    Map<String, Weights> tensors = stateDict();
    float[] straight = elements(tensors, "fc2.weight");
    float[] transposed = new float[straight.length];
    for (int i = 0; i < 10; i++) {
      for (int j = 0; j < 64; j++) {
        transposed[j * 10 + i] = straight[i * 64 + j];
      }
    }
    tensors.put("fc2.weight", new Weights(List.of(64L, 10L), transposed));
    tensors.put("head.weight", new Weights(List.of(1L), new float[] {3}));

    assertThat(load(tensors, "F32").get("warnings")).isEmpty();
  }

  @Test
  void namesTheFirstAndCountsTheOthers() {
    Map<String, Weights> tensors = stateDict();
    tensors.forEach((name, tensor) -> {
      if (!name.contains("running")) {
        tensor.elements()[0] += 1;
      }
    });

    JsonNode warnings = load(tensors, "F32").get("warnings");

    assertThat(warnings.at("/0/message").asString())
        .contains("'conv1.weight'")
        .contains("; and 2 more.");
    assertThat(warnings.at("/0/names")).hasSize(7);
    assertThat(warnings.at("/1/code").asString()).isEqualTo("OWN_GAMMA_AND_BETA");
    assertThat(warnings.at("/1/names")).hasSize(4);
  }

  @Test
  void takesItsOwnAnswerBackAsADocument() {
    String path = "/v1/models/digits/running-statistics/s" + UUID.randomUUID();
    byte[] other = export("bn1.weight", gamma -> gamma[0] += 1);
    String answer = client.put(path, other, "application/onnx").text();
    JsonNode layers = client.get(path).json().get("layers");
    String document = answer.replaceFirst("\\{", "{\"layers\":" + layers + ",");

    assertThat(client.put(path, document).status()).isEqualTo(201);
  }
}
