package io.norma.delivery;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.norma.client.ApiClient;
import io.norma.client.api.InferenceApi;
import io.norma.client.api.RepositoryApi;
import io.norma.client.api.ServerApi;
import io.norma.client.binary.BinaryInference;
import io.norma.client.binary.BinaryTensor;
import io.norma.client.binary.InferenceException;
import io.norma.client.model.DataType;
import io.norma.client.model.IndexRequest;
import io.norma.client.model.InferenceRequest;
import io.norma.client.model.InferenceResponse;
import io.norma.client.model.RequestInput;
import io.norma.client.model.ResponseOutput.DatatypeEnum;
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
          inference.infer("digits", request(pixels(DIGITS.get(digit))), null, null, null);
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
  void throwsTheServicesErrors() {
    InferenceApi inference = new InferenceApi(client);
    assertThatThrownBy(() -> inference.infer("letters", request(pixels("one")), null, null, null))
        .isInstanceOf(HttpClientErrorException.NotFound.class)
        .hasMessageContaining("Request for unknown model: 'letters'");
    InferenceRequest short1 = request(pixels("one").subList(0, 63));
    assertThatThrownBy(() -> inference.infer("digits", short1, null, null, null))
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
        data(new InferenceApi(client).infer("digits", request(pixels), null, null, null));
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
                .shape(List.of(1, 1, 8, 8))
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
