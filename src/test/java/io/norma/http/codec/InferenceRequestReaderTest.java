package io.norma.http.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.InferenceResponse;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every data type, read from JSON and written to it and to bytes without loss. */
final class InferenceRequestReaderTest {
  private static final String EXTREMES =
      """
      BOOL    | true,false
      UINT8   | 0,255
      UINT16  | 0,65535
      UINT32  | 0,4294967295
      UINT64  | 0,18446744073709551615
      INT8    | -128,127
      INT16   | -32768,32767
      INT32   | -2147483648,2147483647
      INT64   | -9223372036854775808,9223372036854775807
      FP32    | 1.4E-45,3.4028235E38
      FP64    | 4.9E-324,1.7976931348623157E308
      FP32    | "NaN","-Infinity"
      FP64    | "Infinity","NaN"
      """;

  private static Tensor read(DataType dataType, String data) {
    byte[] json =
        "{\"inputs\":[{\"name\":\"x\",\"shape\":[2],\"datatype\":\"%s\",\"data\":[%s]}]}"
            .formatted(dataType, data)
            .getBytes(StandardCharsets.UTF_8);
    return InferenceRequestReader.read(json, json.length, -1)
        .request()
        .inputs()
        .getFirst()
        .tensor();
  }

  private static WireResponse write(Tensor tensor, boolean binary) {
    return InferenceResponseWriter.write(
        new InferenceResponse("m", 1, null, Map.of(), List.of(new NamedTensor("x", tensor))),
        new ResponseForm(binary, Map.of(), Map.of()));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = EXTREMES)
  void writesInJsonWhatItRead(DataType dataType, String data) {
    WireResponse response = write(read(dataType, data), false);
    String json = new String(response.body(), 0, response.length(), StandardCharsets.UTF_8);
    assertThat(json).endsWith("\"data\":[" + data + "]}]}");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = EXTREMES)
  void readsInBinaryWhatItWrote(DataType dataType, String data) {
    Tensor tensor = read(dataType, data);
    WireResponse response = write(tensor, true);
    int size = response.length() - response.jsonLength();
    assertThat(size).isEqualTo(2 * dataType.bytes());
    Tensor again =
        BinaryElements.read("x", dataType, tensor.shape(), response.body(), response.jsonLength());
    assertThat(again.array()).isEqualTo(tensor.array());
  }

  @ParameterizedTest
  @CsvSource({
    "UINT8, 256",
    "UINT8, -1",
    "INT8, 128",
    "INT32, 2147483648",
    "UINT32, -1",
    "INT64, 1e3",
    "INT64, 9223372036854775808",
    "UINT64, 18446744073709551616",
    "BOOL, 2",
    "BOOL, 1.0",
    "FP64, 1e999",
    "INT32, 1.5"
  })
  void refusesElementsOutsideTheirType(DataType dataType, String element) {
    assertThatThrownBy(() -> read(dataType, element + "," + element))
        .isInstanceOf(ServingException.InvalidField.class)
        .hasMessageContaining("element 0")
        .hasMessageContaining(dataType.name());
  }

  @Test
  void refusesBytesThatAreNoTruthValues() {
    Tensor tensor = read(DataType.BOOL, "true,false");
    assertThatThrownBy(
            () -> BinaryElements.read("x", DataType.BOOL, tensor.shape(), new byte[] {1, 2}, 0))
        .hasMessageContaining("element 1");
  }

  @Test
  void writesTheShortestDecimalThatReadsBackTheSame() {
    float[] values = {0.1f, 1f / 3, 16777216f, -0f};
    Tensor tensor = Tensor.of(Shape.of(4), values);
    WireResponse response = write(tensor, false);
    String json = new String(response.body(), 0, response.length(), StandardCharsets.UTF_8);
    assertThat(json).contains("[0.1,0.33333334,1.6777216E7,-0.0]");
  }

  private static void assertRefused(String json, String... words) {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> InferenceRequestReader.read(body, body.length, -1))
        .isInstanceOf(ServingException.InvalidField.class)
        .message()
        .contains(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"24\" | \"24\"",
        "\"a\\\"b\" | \"a\\\"b\"",
        "true | true",
        "1.5 | 1.5",
        "-1 | -1",
        "99999999999999999999 | 99999999999999999999",
        "[] | an array",
        "{} | an object"
      })
  void showsWhatCameInPlaceOfAnInteger(String written, String shown) {
    assertRefused(
        """
        {"inputs": [], "outputs": [{"name": "y", "parameters": {"classification": %s}}]}\
        """
            .formatted(written),
        "'outputs[0].parameters.classification' must be ",
        "but is " + shown);
    assertRefused(
        """
        {"inputs": [{"name": "x", "shape": [1], "datatype": "FP32",
         "parameters": {"binary_data_size": %s}}]}\
        """
            .formatted(written),
        "'inputs[0].parameters.binary_data_size' must be ",
        "but is " + shown);
    assertRefused(
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [%s]}]}"
            .formatted(written.equals("-1") ? "\"-1\"" : written),
        "'inputs[0].shape[0]' must be an integer, but is "
            + (written.equals("-1") ? "\"-1\"" : shown));
  }

  @Test
  void showsWhatCameInPlaceOfAWordOrATruthValue() {
    assertRefused("{\"inputs\": [], \"id\": 24}", "'id' must be text, but is 24");
    assertRefused("{\"inputs\": [], \"id\": [24]}", "'id' must be text, but is an array");
    assertRefused(
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [1], \"datatype\": \"fp32\"}]}",
        "but is \"fp32\"");
    assertRefused(
        "{\"inputs\": [], \"parameters\": {\"binary_data_output\": \"true\"}}",
        "must be true or false, but is \"true\"");
    assertRefused(
        "{\"inputs\": [], \"parameters\": {\"binary_data_output\": 1}}",
        "must be true or false, but is 1");
    assertRefused(
        "{\"inputs\": [{\"name\": \"x\", \"shape\": [1], \"datatype\": \"FP32\", \"data\":"
            + " [\"24\"]}]}",
        "no FP32: \"24\"");
  }

  @ParameterizedTest
  @CsvSource({
    "normalisation, normalization",
    "Normalization, normalization",
    "running_statistic, running_statistics",
    "running-statistics, running_statistics",
    "runningStatistics, running_statistics",
    "prior_cout, prior_count",
    "priorCount, prior_count",
    "prior_wieght, prior_weight",
    "blent, blend",
    "binary_data_outputs, binary_data_output"
  })
  void refusesNearMissesOfItsParameters(String written, String meant) {
    assertRefused(
        "{\"inputs\": [], \"parameters\": {\"%s\": 1}}".formatted(written),
        "'parameters." + written + "'",
        "did you mean '" + meant + "'?");
  }

  @ParameterizedTest
  @CsvSource({
    "binary_dat, binary_data",
    "binaryData, binary_data",
    "clasification, classification",
    "classifications, classification"
  })
  void refusesNearMissesOfAnOutputsParameters(String written, String meant) {
    assertRefused(
        "{\"inputs\": [], \"outputs\": [{\"name\": \"y\", \"parameters\": {\"%s\": 1}}]}"
            .formatted(written),
        "'outputs[0].parameters." + written + "'",
        "did you mean '" + meant + "'?");
  }

  @ParameterizedTest
  @CsvSource({
    "input, inputs",
    "output, outputs",
    "parameter, parameters",
    "Inputs, inputs",
    "ouputs, outputs"
  })
  void refusesNearMissesOfItsFields(String written, String meant) {
    assertRefused(
        "{\"inputs\": [], \"%s\": []}".formatted(written),
        "'" + written + "'",
        "did you mean '" + meant + "'?");
  }

  @Test
  void refusesANearMissOfAnInputsParameter() {
    assertRefused(
        """
        {"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1],
         "parameters": {"binary_data_siz": 4}}]}\
        """,
        "did you mean 'binary_data_size'?");
  }

  @Test
  void passesOverWhatOtherServersKnow() {
    byte[] body =
        """
        {"model_name": "m", "model_version": "1", "timeout": 3,
         "parameters": {"sequence_id": 1, "sequence_start": true, "sequence_end": false,
           "priority": 1, "timeout": 5, "headers": "h", "content_type": "np",
           "triton_enable_empty_final_response": true, "localization": "de", "error_count": 1,
           "weight": 1, "kv": 1, "statistics": "x", "binary_data": true},
         "inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1],
           "parameters": {"content_type": "np", "shared_memory_region": "r",
             "shared_memory_offset": 0, "shared_memory_byte_size": 4}}],
         "outputs": [{"name": "y", "parameters": {"shared_memory_region": "r",
           "shared_memory_offset": 0, "shared_memory_byte_size": 4, "content_type": "np"}}]}\
        """
            .getBytes(StandardCharsets.UTF_8);
    assertThat(InferenceRequestReader.read(body, body.length, -1).request().inputs()).hasSize(1);
  }
}
