package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.network.NormalizationTest;
import io.norma.service.TestClient.Answer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Statistics of batches of any length, by lines and in binary. */
final class NormalizationStreamTest extends NormalizationTest {
  NormalizationStreamTest(@LocalServerPort int port) {
    super(port);
  }

  @Test
  void takesABatchLineByLine() throws Exception {
    Answer answer =
        client.post(
            BATCH + "/stream",
            """
            {"shape": [-1,2], "datatype": "FP32", "running_mean": [0,0], "running_variance": [1,1]}
            {"input": {"shape": [1,2], "datatype": "FP32", "data": [1,2]}}

            {"input": {"shape": [3,2], "datatype": "FP32", "data": [3,4,5,6,7,8]}}
            """);
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    assertThat(answer.json().get("count").asInt()).isEqualTo(4);
    assertThat(answer.vector("batch_mean")).containsExactly(4, 5);
    assertThat(answer.vector("batch_variance")).containsExactly(5, 5);
    assertThat(answer.vector("running_mean"))
        .containsExactly(new double[] {0.4, 0.5}, within(1e-12));
    Answer wrong =
        client.post(
            BATCH + "/stream",
            """
            {"shape": [-1,2], "datatype": "FP32"}
            {"input": {"shape": [1,3], "datatype": "FP32", "data": [1,2,3]}}
            """);
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.detail()).contains("expected FP32[1,2] with any number of rows");
  }

  @Test
  void takesABinaryStreamLargerThanARequestMayBe() throws Exception {
    int rows = 4000;
    int chunks = 4500;
    float[] block = new float[rows];
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < block.length; i++) {
      block[i] = (float) random.nextGaussian(1e4, 1e-1);
    }
    String json = "{\"shape\": [-1,2,2], \"datatype\": \"FP32\"}";
    Answer answer = client.postStream(BATCH + "/stream", json, block, chunks);
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    assertThat(answer.json().get("count").asLong()).isEqualTo((long) rows * chunks / 2);
    double mean = 0;
    int count = rows / 2;
    for (int i = 0; i < block.length; i++) {
      mean += i % 4 < 2 ? (double) block[i] / count : 0;
    }
    double variance = 0;
    for (int i = 0; i < block.length; i++) {
      variance += i % 4 < 2 ? Math.pow(block[i] - mean, 2) / count : 0;
    }
    assertThat(answer.vector("batch_mean")[0]).isCloseTo(mean, within(1e-12 * mean));
    assertThat(answer.vector("batch_variance")[0]).isCloseTo(variance, within(1e-9 * variance));
  }

  @Test
  void refusesABinaryStreamThatEndsWithinARow() throws Exception {
    Answer answer =
        client.postStream(
            BATCH + "/stream", "{\"shape\": [-1,2], \"datatype\": \"FP32\"}", new float[3], 1);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.detail()).contains("ends within a row of 2 elements");
  }

  @Test
  void takesNoMemoryForARowThatNobodyCouldSend() throws Exception {
    String json = "{\"shape\": [-1,2147483647], \"datatype\": \"FP32\"}";
    for (Answer answer :
        List.of(
            client.post(BATCH + "/stream", json),
            client.postStream(BATCH + "/stream", json, new float[3], 1))) {
      assertThat(answer.status()).as(answer.json().toString()).isEqualTo(400);
      assertThat(answer.detail()).contains("'shape'", "rows of 2147483647 elements, more than");
    }
  }

  @Test
  void refusesAHeaderThatIsLongerThanTheBody() throws Exception {
    byte[] json = "{\"shape\": [-1,2], \"datatype\": \"FP32\"}".getBytes(StandardCharsets.US_ASCII);
    Answer answer = client.postBytes(BATCH + "/stream", json.length + 1, json);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.detail()).contains("Inference-Header-Content-Length is " + (json.length + 1));
  }

  @Test
  void refusesANegativeRunningVariance() throws Exception {
    Answer answer =
        client.post(
            BATCH + "/stream",
            """
            {"shape": [-1,1], "datatype": "FP32", "running_mean": [0], "running_variance": [-1]}
            {"input": {"shape": [2,1], "datatype": "FP32", "data": [1,2]}}
            """);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.detail()).contains("'running_variance': channel 0 must not be negative");
  }
}
