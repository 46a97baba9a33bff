package io.norma.delivery;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.norma.client.ApiClient;
import io.norma.client.api.InferenceApi;
import io.norma.client.api.ModelsApi;
import io.norma.client.api.RepositoryApi;
import io.norma.client.api.RunningStatisticsApi;
import io.norma.client.api.ServerApi;
import io.norma.client.binary.BinaryInference;
import io.norma.client.binary.BinaryTensor;
import io.norma.client.binary.InferenceException;
import io.norma.client.model.DataType;
import io.norma.client.model.IndexRequest;
import io.norma.client.model.InferenceRequest;
import io.norma.client.model.InferenceResponse;
import io.norma.client.model.RequestInput;
import io.norma.client.model.RequestParameters;
import io.norma.client.model.ResponseOutput.DatatypeEnum;
import io.norma.client.model.StatisticsDocument;
import io.norma.client.model.StatisticsLayer;
import io.norma.client.model.StatisticsRevision;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.TensorShapeProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.web.client.HttpClientErrorException;

/** The Java client that is generated from the contract, and the one for binary tensors. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class JavaClientTest {
  private static final List<String> DIGITS =
      List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");

  @LocalServerPort private int port;
  private String address = "";
  private ApiClient client = new ApiClient();

  @BeforeEach
  void connect() {
    address = "http://localhost:" + port;
    client = new ApiClient().setBasePath(address);
  }

  @Test
  void tellsDigits() {
    InferenceApi inference = new InferenceApi(client);
    for (int digit = 0; digit < DIGITS.size(); digit++) {
      InferenceResponse answer =
          inference.infer(
              "digits",
              request(pixels(DIGITS.get(digit))),
              null,
              null,
              null,
              null,
              null,
              null,
              null);
      assertThat(answer.getModelName()).isEqualTo("digits");
      assertThat(answer.getOutputs().getFirst().getDatatype()).isEqualTo(DatatypeEnum.FP32);
      assertThat(best(data(answer))).isEqualTo(digit);
    }
  }

  @Test
  void readsWhatTheServiceIs() {
    assertThat(new ServerApi(client).getServerMetadata().getExtensions())
        .contains("binary_tensor_data");
    assertThat(new RepositoryApi(client).getRepositoryIndex(new IndexRequest().ready(true)))
        .anySatisfy(entry -> assertThat(entry.getName()).isEqualTo("digits"));
    assertThat(new InferenceApi(client).getModelMetadata("digits").getInputs())
        .singleElement()
        .satisfies(input -> {
          assertThat(input.getName()).isEqualTo("image");
          assertThat(input.getDatatype()).isEqualTo(DataType.FP32);
        });
  }

  @Test
  void readsStatisticsOnceThereAreAny() {
    InferenceApi inference = new InferenceApi(client);
    inference.infer("digits", request(pixels("one")), null, null, null, null, null, null, null);
    assertThat(inference.getStatisticsOfAllModels().getModelStats())
        .anySatisfy(statistics -> {
          assertThat(statistics.getName()).isEqualTo("digits");
          assertThat(statistics.getLastInference()).isGreaterThan(1L << 40);
          assertThat(statistics.getInferenceStats().getSuccess().getNs()).isPositive();
        });
  }

  @Test
  void choosesRunningStatistics() {
    InferenceRequest request =
        request(pixels("one")).parameters(new RequestParameters().runningStatistics("default@1"));
    InferenceResponse answer =
        new InferenceApi(client).infer("digits", request, null, null, null, null, null, null, null);
    assertThat(requireNonNull(answer.getParameters()).getRunningStatistics())
        .isEqualTo("default@1");
  }

  @Test
  void carriesLargeIntegers() {
    long large = (1L << 53) + 1;
    ModelsApi models = new ModelsApi(client);
    models.uploadModel("longs", "3000000000", new ByteArrayResource(identityOfLongs()), null);
    assertThat(models.getModelVersion("longs", "3000000000").getVersion())
        .isEqualTo(3_000_000_000L);
    RequestInput input =
        new RequestInput()
            .name("x")
            .datatype(DataType.INT64)
            .shape(List.of(1L, 2L))
            .data(List.of(large, -large));
    InferenceResponse answer =
        new InferenceApi(client)
            .infer(
                "longs",
                new InferenceRequest().addInputsItem(input),
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    assertThat(data(answer)).containsExactly(large, -large);

    StatisticsLayer layer = new StatisticsLayer();
    for (int i = 0; i < 16; i++) {
      layer.addMeanItem(0.25).addVarianceItem(0.5);
    }
    StatisticsDocument document =
        new StatisticsDocument().base("default@1").sampleCount(large).putLayersItem("bn1", layer);
    RunningStatisticsApi statistics = new RunningStatisticsApi(client);
    StatisticsRevision revision =
        statistics.loadRunningStatistics(
            "digits", "large", document, null, null, null, null, null, null, null);
    assertThat(revision.getSampleCount()).isEqualTo(large);
    statistics.deleteRunningStatistics("digits", "large");
  }

  /** An ONNX file: one input, which is also what it answers. */
  private static byte[] identityOfLongs() {
    NodeProto.Builder node =
        NodeProto.newBuilder().setOpType("Identity").setName("same").addInput("x").addOutput("y");
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(15))
        .setGraph(GraphProto.newBuilder().addInput(longs("x")).addOutput(longs("y")).addNode(node))
        .build()
        .toByteArray();
  }

  private static ValueInfoProto longs(String name) {
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(2));
    TypeProto.Tensor.Builder type =
        TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.INT64_VALUE).setShape(shape);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(type))
        .build();
  }

  @Test
  void throwsTheServicesErrors() {
    InferenceApi inference = new InferenceApi(client);
    assertThatThrownBy(() ->
            inference.infer(
                "letters", request(pixels("one")), null, null, null, null, null, null, null))
        .isInstanceOf(HttpClientErrorException.NotFound.class)
        .hasMessageContaining("Request for unknown model: 'letters'");
    InferenceRequest short1 = request(pixels("one").subList(0, 63));
    assertThatThrownBy(
            () -> inference.infer("digits", short1, null, null, null, null, null, null, null))
        .isInstanceOf(HttpClientErrorException.BadRequest.class)
        .hasMessageContaining("63");
  }

  @Test
  void asksWithBinaryTensorsAndGetsTheSameAnswer() throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      BinaryInference binary = new BinaryInference(http, URI.create(address));
      for (String digit : DIGITS) {
        List<Object> pixels = pixels(digit);
        float[] elements = new float[64];
        for (int i = 0; i < elements.length; i++) {
          elements[i] = ((Number) pixels.get(i)).floatValue();
        }
        Map<String, BinaryTensor> outputs =
            binary.infer(
                "digits", List.of(BinaryTensor.of("image", elements, 1, 1, 8, 8)), Map.of());
        BinaryTensor probabilities = requireNonNull(outputs.get("probabilities"));
        assertThat(probabilities.shape()).containsExactly(1L, 10L);
        assertThat(probabilities.floats()).containsExactly(jsonAnswer(pixels), within(1e-6f));
      }
      assertThatThrownBy(() ->
              binary.infer(
                  "digits", List.of(BinaryTensor.of("image", new float[8], 1, 8)), Map.of()))
          .isInstanceOfSatisfying(
              InferenceException.class, error -> assertThat(error.status()).isEqualTo(400))
          .hasMessageContaining("image");
    }
  }

  @Test
  void refusesElementsThatDoNotFillTheShape() {
    assertThatThrownBy(() -> BinaryTensor.of("image", new float[63], 1, 1, 8, 8))
        .hasMessageContainingAll("image", "[1, 1, 8, 8]", "64", "63");
    BinaryTensor indices = BinaryTensor.of("indices", new long[] {1, -2}, 2);
    assertThat(indices.longs()).containsExactly(1, -2);
    assertThatThrownBy(indices::floats).hasMessageContainingAll("indices", "INT64", "FP32");
  }

  private float[] jsonAnswer(List<Object> pixels) {
    List<Object> data =
        data(
            new InferenceApi(client)
                .infer("digits", request(pixels), null, null, null, null, null, null, null));
    float[] elements = new float[data.size()];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = ((Number) data.get(i)).floatValue();
    }
    return elements;
  }

  private static List<Object> data(InferenceResponse answer) {
    return requireNonNull(answer.getOutputs().getFirst().getData());
  }

  private static InferenceRequest request(List<Object> pixels) {
    return new InferenceRequest()
        .addInputsItem(
            new RequestInput()
                .name("image")
                .datatype(DataType.FP32)
                .shape(List.of(1L, 1L, 8L, 8L))
                .data(pixels));
  }

  private static List<Object> pixels(String digit) {
    List<Object> pixels = new ArrayList<>();
    for (JsonElement pixel :
        JsonParser.parseString(Http.example(digit + ".json"))
            .getAsJsonObject()
            .getAsJsonArray("inputs")
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("data")) {
      pixels.add(pixel.getAsDouble());
    }
    return pixels;
  }

  private static int best(List<Object> probabilities) {
    int best = 0;
    for (int i = 1; i < probabilities.size(); i++) {
      if (value(probabilities, i) > value(probabilities, best)) {
        best = i;
      }
    }
    return best;
  }

  private static double value(List<Object> probabilities, int i) {
    return ((Number) probabilities.get(i)).doubleValue();
  }
}
