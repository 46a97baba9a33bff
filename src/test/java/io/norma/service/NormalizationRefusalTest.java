package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.network.NormalizationTest;
import io.norma.service.TestClient.Answer;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** What does not fit is refused by the name of its field. */
final class NormalizationRefusalTest extends NormalizationTest {
  NormalizationRefusalTest(@LocalServerPort int port) {
    super(port);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"mode\": \"training\", \"momentum\": 0.1, \"decay\": 0.9 | momentum | one of 'momentum'",
        "\"mode\": \"training\", \"epsilon\": 0 | epsilon | above 0, but is 0.0",
        "\"mode\": \"training\", \"epsilon\": -1e-5 | epsilon | above 0",
        "\"mode\": \"training\", \"epsilon\": \"Infinity\" | epsilon | finite",
        "\"mode\": \"training\", \"gamma\": [1,2,3] | gamma | expected shape [2] or [4,2], got [3]",
        "\"mode\": \"training\", \"channel_axis\": 2 | channel_axis | out of range",
        "\"mode\": \"training\", \"channel_axis\": 0 | channel_axis | rows",
        "\"mode\": \"inference\" | running_mean | needs 'running_mean' and 'running_variance'",
        "\"mode\": \"test\" | mode | one of [training, inference]",
        "\"epsilon\": 1 | mode | is missing",
        "\"mode\": \"training\", \"running_mean\": [0,0] | running_variance | both",
        "\"mode\": \"inference\", \"running_mean\": [0,0], \"running_variance\": [1,-1] |"
            + " running_variance | channel 1 must not be negative",
        "\"mode\": \"training\", \"epsilonn\": 1 | epsilonn | did you mean 'epsilon'?",
        "\"mode\": \"training\", \"runing_mean\": [0,0] | runing_mean | did you mean"
            + " 'running_mean'?",
        "\"mode\": \"training\", \"mode\": \"training\" | mode | is there twice",
        "\"mode\": \"training\", \"epsilon\": \"x\" | epsilon | a number, but is \"x\"",
        "\"mode\": \"training\", \"cumulative\": true | cumulative | an object, but is true",
        "\"mode\": \"training\", \"gamma\": [true,false] | gamma | numbers, but is an array of"
            + " true",
        "\"mode\": \"training\", \"gamma\": [[]] | gamma | expected shape [2] or [4,2], got [1,0]",
        "\"mode\": \"training\", \"gamma\": [[],1] | gamma | differ in length or depth",
        "\"mode\": \"training\", \"gamma\": [1,{}] | gamma[1] | a number, or true or false, but is"
            + " an",
        "\"mode\": \"training\", \"row_mask\": [[]] | row_mask | true and false, but is an array",
        "\"mode\": \"training\", \"momentum\": 2 | momentum | must lie in [0, 1]",
        "\"mode\": \"training\", \"cumulative\": {\"batches\": -1} | cumulative | 0 or more",
        "\"mode\": \"training\", \"row_mask\": [true] | row_mask | expected 4 elements",
        "\"mode\": \"training\", \"row_mask\": [true,false,false,false] | input | more than 1 value"
            + " per channel",
        "\"mode\": \"training\", \"condition\": [0,1,2,0], \"beta_table\": [[1,1],[2,2]] |"
            + " condition | label 2",
        "\"mode\": \"training\", \"ghost_batch_size\": 3 | input | more than 1 value per channel",
        "\"mode\": \"training\", \"renormalization\": {\"r_max\": 3, \"d_max\": 5} |"
            + " renormalization | needs 'running_mean'"
      })
  void namesTheFieldThatItRefuses(String fields, String field, String detail) throws Exception {
    Answer answer = client.post(BATCH, "{" + EXAMPLE + ", " + fields + "}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(400);
    assertThat(answer.json().get("fields").get(0).asString()).isEqualTo(field);
    assertThat(answer.detail()).contains(detail);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[4] | [1,2,3,4] | input | rank 2 or more",
        "[0,2] | [] | input | the batch is empty",
        "[1,2] | [1,2] | input | more than 1 value per channel",
        "[2,2] | [1,2,3] | input.data | needs 4 elements, but 'data' has 3",
        "[2,1] | [1,\"NaN\"] | input | channel 0 has mean NaN",
        "[2,-1] | [1] | input.shape | impossible dimension -1",
        "[2,1.5] | [1] | input.shape[1] | must be an integer, but is 1.5",
        "[65536,65536] | [1] | input.shape | more than 2^31-1 elements",
        "[2,1] | {} | input.data | must be an array, but is an object",
        "[2,1] | [[],[]] | input.data | needs 2 elements",
        "[2,1] | [[],1,2] | input.data | differ in length or depth",
        "[2,1] | [1,2], \"shape\": [1,2] | input.shape | is there twice",
        "[2,1] | [1,2], \"data_type\": \"FP32\" | input.data_type | did you mean 'datatype'?"
      })
  void saysWhatIsWrongWithTheInput(String shape, String data, String field, String detail)
      throws Exception {
    Answer answer =
        client.post(
            BATCH,
            String.format(
                Locale.ROOT,
                "{\"input\": {\"shape\": %s, \"datatype\": \"FP32\", \"data\": %s}, \"mode\":"
                    + " \"training\", \"cumulative\": {\"batches\": 0}}",
                shape,
                data));
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(400);
    assertThat(answer.json().get("fields").get(0).asString()).isEqualTo(field);
    assertThat(answer.detail()).contains(detail);
  }

  @Test
  void takesNoPlainArrayForATensor() throws Exception {
    Answer answer = client.post(BATCH, "{\"input\": [[1,2],[3,4]], \"mode\": \"training\"}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.detail())
        .contains("'input' must be a tensor: an object with shape, datatype and data");
  }

  @ParameterizedTest
  @ValueSource(strings = {"group", "instance", "layer"})
  void namesTheGradientThatDoesNotFitTheInput(String kind) throws Exception {
    Answer answer =
        client.post(
            "/v1/normalizations/" + kind + "/gradient",
            """
            {"input": {"shape": [1,2,2], "datatype": "FP32", "data": [1,2,3,4]}, %s
             "output_gradient": {"shape": [1,2,2], "datatype": "FP64", "data": [1,0,0,1]}}
            """
                .formatted(
                    switch (kind) {
                      case "group" -> "\"groups\": 1,";
                      case "layer" -> "\"normalized_shape\": [2],";
                      default -> "";
                    }));
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(400);
    assertThat(answer.json().get("fields").get(0).asString()).isEqualTo("output_gradient");
    assertThat(answer.detail()).contains("expected FP32[1,2,2]", "got FP64[1,2,2]");
  }
}
