package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.network.NormalizationTest;
import io.norma.service.TestClient.Answer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Batch normalization with labels, towards running statistics, in ghost batches and by masks. */
final class BatchVariantsTest extends NormalizationTest {
  BatchVariantsTest(@LocalServerPort int port) {
    super(port);
  }

  @Test
  void choosesGammaAndBetaByLabel() throws Exception {
    Answer answer =
        client.post(
            BATCH,
            "{"
                + EXAMPLE
                + ", \"mode\": \"training\", \"condition\": [0,1,1,0],"
                + " \"gamma_table\": [[1,1],[10,10]], \"beta_table\": [[0,0],[100,200]]}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    double inner = 1 / Math.sqrt(5.00001);
    assertThat(answer.data("output"))
        .containsExactly(
            new double[] {
              -3 * inner,
              -3 * inner,
              100 - 10 * inner,
              200 - 10 * inner,
              100 + 10 * inner,
              200 + 10 * inner,
              3 * inner,
              3 * inner
            },
            within(1e-4));
    Answer gradient =
        client.post(
            BATCH + "/gradient",
            "{"
                + EXAMPLE
                + ", \"mode\": \"training\", \"condition\": [0,1,1,0],"
                + " \"gamma_table\": [[1,1],[10,10]], \"output_gradient\":"
                + " {\"shape\": [4,2], \"datatype\": \"FP32\", \"data\": [1,2,3,4,5,6,7,8]}}");
    assertThat(gradient.status()).as(gradient.json().toString()).isEqualTo(200);
    assertThat(TestClient.vector(gradient.json().get("beta_table_gradient").get(0)))
        .containsExactly(8, 10);
    assertThat(TestClient.vector(gradient.json().get("beta_table_gradient").get(1)))
        .containsExactly(8, 10);
    assertThat(TestClient.vector(gradient.json().get("gamma_table_gradient").get(0)))
        .containsExactly(new double[] {18 * inner, 18 * inner}, within(1e-4));
  }

  @Test
  void renormalizesTowardsTheRunningStatistics() throws Exception {
    Answer answer =
        client.post(
            BATCH,
            "{"
                + EXAMPLE
                + ", \"mode\": \"training\", \"running_mean\": [3,5], \"running_variance\": [4,20],"
                + " \"renormalization\": {\"r_max\": 1.05, \"d_max\": 0.3}}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    double[] r = TestClient.vector(answer.json().get("renormalization").get("r"));
    double[] d = TestClient.vector(answer.json().get("renormalization").get("d"));
    assertThat(r).containsExactly(new double[] {1.05, 1 / 1.05}, within(1e-9));
    assertThat(d).containsExactly(new double[] {0.3, 0}, within(1e-9));
    assertThat(answer.data("output")[0])
        .isCloseTo(-3 / Math.sqrt(5.00001) * 1.05 + 0.3, within(1e-6));
  }

  @Test
  void normalizesGhostBatchesApart() throws Exception {
    Answer answer =
        client.post(
            BATCH,
            "{"
                + EXAMPLE
                + ", \"mode\": \"training\", \"ghost_batch_size\": 2, \"running_mean\": [0,0],"
                + " \"running_variance\": [0,0], \"momentum\": 0.5,"
                + " \"variance_convention\": \"population\"}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    double one = 1 / Math.sqrt(1.00001);
    assertThat(answer.data("output"))
        .containsExactly(new double[] {-one, -one, one, one, -one, -one, one, one}, within(1e-6));
    assertThat(answer.vector("batch_variance")).containsExactly(5, 5);
    assertThat(answer.vector("running_mean")).containsExactly(3.5, 4.25);
    assertThat(answer.vector("running_variance")).containsExactly(0.75, 0.75);
    assertThat(answer.json().get("ghost_batches").size()).isEqualTo(2);
  }

  @Test
  void leavesMaskedRowsOut() throws Exception {
    Answer answer =
        client.post(
            BATCH,
            "{" + EXAMPLE + ", \"mode\": \"training\", \"row_mask\": [true,true,true,false]}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    assertThat(answer.json().get("count").asInt()).isEqualTo(3);
    assertThat(answer.vector("batch_mean")).containsExactly(3, 4);
  }
}
