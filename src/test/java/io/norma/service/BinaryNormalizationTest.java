package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.network.NormalizationTest;
import io.norma.service.TestClient.Answer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Tensors behind the JSON, in requests and answers. */
final class BinaryNormalizationTest extends NormalizationTest {
  BinaryNormalizationTest(@LocalServerPort int port) {
    super(port);
  }

  @Test
  void takesAndGivesTensorsInBinary() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    float[] x = new float[40_000];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian(3, 2);
    }
    Answer binary =
        client.postBinary(
            BATCH,
            """
            {"input": {"shape": [10,4,1000], "datatype": "FP32",
                       "parameters": {"binary_data_size": 160000}},
             "mode": "training", "parameters": {"binary_data_output": true}}
            """,
            x);
    assertThat(binary.status()).as(binary.json().toString()).isEqualTo(200);
    assertThat(binary.json().get("output").get("parameters").get("binary_data_size").asInt())
        .isEqualTo(160_000);
    String data =
        IntStream.range(0, x.length)
            .mapToObj(i -> Float.toString(x[i]))
            .collect(Collectors.joining(","));
    Answer json =
        client.post(
            BATCH,
            "{\"input\": {\"data\": ["
                + data
                + "], \"datatype\": \"FP32\", \"shape\": [10,4,1000]}, \"mode\": \"training\"}");
    double[] expected = json.data("output");
    float[] actual = binary.floats();
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).isEqualTo((float) expected[i]);
    }
  }

  @Test
  void answersLargeBatchesOneAfterTheOtherFromTheirOwnValues() throws Exception {
    String json =
        """
        {"input": {"shape": [1024,256], "datatype": "FP32",
                   "parameters": {"binary_data_size": 1048576}},
         "mode": "inference", "epsilon": 1, "running_mean": %s, "running_variance": %s,
         "parameters": {"binary_data_output": true}}
        """
            .formatted(Arrays.toString(new double[256]), Arrays.toString(repeated(3, 256)));
    for (int request = 1; request <= 3; request++) {
      float[] x = new float[1 << 18];
      Arrays.fill(x, 2 * request);
      float[] y = client.postBinary(BATCH, json, x).floats();
      assertThat(y).hasSize(x.length);
      assertThat(y).containsOnly((float) request);
    }
  }

  private static double[] repeated(double value, int count) {
    double[] values = new double[count];
    Arrays.fill(values, value);
    return values;
  }

  @Test
  void refusesBinaryOfTheWrongLength() throws Exception {
    String json =
        "{\"input\": {\"shape\": [2,2], \"datatype\": \"FP32\", \"parameters\":"
            + " {\"binary_data_size\": %d}}, \"mode\": \"training\"}";
    Answer size = client.postBinary(BATCH, json.formatted(12), new float[3]);
    assertThat(size.status()).isEqualTo(400);
    assertThat(size.detail()).contains("needs 16 bytes, but its binary_data_size is 12");
    Answer less = client.postBinary(BATCH, json.formatted(16), new float[3]);
    assertThat(less.status()).isEqualTo(400);
    assertThat(less.detail()).contains("12 bytes follow the JSON").contains("sums to 16");
  }
}
