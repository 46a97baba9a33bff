package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.normalization.GoldenCase;
import io.norma.network.NormalizationTest;
import io.norma.service.TestClient.Answer;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** What comes over HTTP is what PyTorch computes. */
final class PyTorchAgreementTest extends NormalizationTest {
  PyTorchAgreementTest(@LocalServerPort int port) {
    super(port);
  }

  @Test
  void agreesWithPyTorchOnAllBatchNormalizations() throws Exception {
    int compared = 0;
    for (GoldenCase golden : GoldenCase.all()) {
      if (!golden.is("BatchNorm2d") || golden.fails() || golden.number("eps") == 0) {
        continue;
      }
      boolean finite =
          Arrays.stream(golden.values("x")).allMatch(Double::isFinite) || !golden.trains();
      String body = batch(golden, "x", null, null, 1, finite);
      Answer first = client.post(BATCH, "{" + body + "}");
      if (golden.required("x").size() == 0) {
        assertThat(first.status()).isEqualTo(400);
        assertThat(first.detail()).contains("'input'", "the batch is empty");
        continue;
      }
      assertThat(first.status()).as(golden + first.json().toString()).isEqualTo(200);
      golden.assertClose("y", first.data("output"));
      Answer gradient =
          client.post(
              BATCH + "/gradient",
              "{" + body + ", " + tensor(golden, "output_gradient", "dy") + "}");
      assertThat(gradient.status()).as(gradient.json().toString()).isEqualTo(200);
      golden.assertClose("dx", gradient.data("input_gradient"));
      if (golden.has("dgamma")) {
        golden.assertClose("dgamma", gradient.vector("gamma_gradient"));
        golden.assertClose("dbeta", gradient.vector("beta_gradient"));
      }
      compared++;
      if (!golden.has("running_mean_1") || !finite) {
        continue;
      }
      golden.assertClose("running_mean_1", first.vector("running_mean"));
      golden.assertClose("running_var_1", first.vector("running_variance"));
      if (golden.has("running_mean_3")) {
        Answer step = first;
        for (int k = 2; k <= 3; k++) {
          step =
              client.post(
                  BATCH,
                  "{"
                      + batch(
                          golden,
                          "x" + k,
                          step.vector("running_mean"),
                          step.vector("running_variance"),
                          k,
                          true)
                      + "}");
        }
        golden.assertClose("running_mean_3", step.vector("running_mean"));
        golden.assertClose("running_var_3", step.vector("running_variance"));
        golden.assertClose("y_3", step.data("output"));
      }
    }
    assertThat(compared).isGreaterThan(50);
  }

  private static String batch(
      GoldenCase golden,
      String input,
      double @Nullable [] mean,
      double @Nullable [] variance,
      int step,
      boolean withRunning) {
    StringBuilder body = new StringBuilder(tensor(golden, "input", input));
    body.append(", \"mode\": \"").append(golden.trains() ? "training" : "inference").append('"');
    body.append(", \"epsilon\": ").append(golden.number("eps"));
    body.append(", \"momentum\": ").append(golden.momentum(step));
    for (String affine : new String[] {"gamma", "beta"}) {
      if (golden.has(affine)) {
        body.append(field(affine, golden.values(affine)));
      }
    }
    if (golden.has("running_mean_0") && withRunning) {
      body.append(field("running_mean", mean == null ? golden.values("running_mean_0") : mean));
      body.append(
          field("running_variance", variance == null ? golden.values("running_var_0") : variance));
    }
    return body.toString();
  }

  private static String tensor(GoldenCase golden, String field, String array) {
    return "\"%s\": {\"shape\": %s, \"datatype\": \"FP32\", \"data\": %s}"
        .formatted(field, golden.shape(array), list(golden.values(array)));
  }

  private static String field(String name, double[] values) {
    return ", \"" + name + "\": " + list(values);
  }

  private static String list(double[] values) {
    return Arrays.stream(values)
        .mapToObj(v -> Double.isFinite(v) ? Double.toString(v) : "\"" + v + "\"")
        .collect(Collectors.joining(",", "[", "]"));
  }

  @Test
  void agreesWithPyTorchOnAllGroupNormalizations() throws Exception {
    int compared = 0;
    for (GoldenCase golden : GoldenCase.all()) {
      if (!golden.is("GroupNorm")) {
        continue;
      }
      String body =
          tensor(golden, "input", "x")
              + ", \"groups\": "
              + (int) golden.number("groups")
              + ", \"epsilon\": "
              + golden.number("eps")
              + (golden.has("gamma")
                  ? field("gamma", golden.values("gamma")) + field("beta", golden.values("beta"))
                  : "");
      Answer answer = client.post("/v1/normalizations/group", "{" + body + "}");
      assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
      golden.assertClose("y", answer.data("output"));
      compared++;
    }
    assertThat(compared).isEqualTo(45);
  }
}
