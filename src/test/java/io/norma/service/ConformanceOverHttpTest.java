package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.NormaApplication;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.ConformanceCase;
import io.norma.onnx.Differences;
import io.norma.onnx.OtherInputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * ONNX's own operator cases, where they are at hand, as a client meets them: each is uploaded,
 * asked in binary and in JSON with other questions in between, and deleted.
 */
final class ConformanceOverHttpTest {
  /** What is refused is this file's, by name and reason, and nothing else. */
  private static final Path REFUSED = Path.of("src/test/resources/conformance/refused.txt");

  private static final double LEAST_PASSED = 0.97;

  @TempDir Path directory;

  private enum Outcome {
    PASSED,
    REFUSED,
    FAILED,
    WRONG
  }

  private record Result(ConformanceCase conformance, Outcome outcome, String detail) {
    String name() {
      return conformance.name();
    }
  }

  @Test
  void answersWhatOnnxSpecifiesOrRefusesWhatIsKnownToBeRefused() {
    List<ConformanceCase> cases = ConformanceCase.all();
    List<Result> results;
    try (ConfigurableApplicationContext service = start()) {
      ServiceClient client =
          new ServiceClient(
              service.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
      results = cases.stream().map(conformance -> run(client, conformance)).toList();
    }
    List<Result> unambiguous =
        results.stream().filter(result -> !result.conformance.isAmbiguous()).toList();
    System.out.println(summary(unambiguous));

    assertThat(results).filteredOn(result -> result.outcome == Outcome.FAILED).isEmpty();
    assertThat(unambiguous).filteredOn(result -> result.outcome == Outcome.WRONG).isEmpty();
    Refusals refusals = Refusals.of(reasons(unambiguous));
    assertThat(Refusals.read(REFUSED).differencesTo(refusals))
        .as("%s must be:%n%s", REFUSED, refusals)
        .isEmpty();
    assertThat(count(unambiguous, Outcome.PASSED))
        .isGreaterThanOrEqualTo((long) Math.ceil(LEAST_PASSED * unambiguous.size()));
  }

  private ConfigurableApplicationContext start() {
    return new SpringApplicationBuilder(NormaApplication.class)
        .run(
            "--server.port=0",
            "--norma.data-directory=" + directory,
            "--norma.models.bundled=false",
            "--norma.models.warm-up-at-most=1ms");
  }

  private static Result run(ServiceClient client, ConformanceCase conformance) {
    String model = "/v1/models/" + conformance.name();
    Exchange upload = client.put(model + "/versions/1", conformance.model());
    if (upload.status() >= 400) {
      return unanswered(conformance, upload);
    }
    Result result = ask(client, conformance);
    Exchange deletion = client.delete(model);
    return deletion.status() >= 400 ? unanswered(conformance, deletion) : result;
  }

  private static Result ask(ServiceClient client, ConformanceCase conformance) {
    for (ConformanceCase.DataSet dataSet : conformance.dataSets()) {
      Result result = ask(client, conformance, dataSet);
      if (result.outcome != Outcome.PASSED) {
        return result;
      }
    }
    return new Result(conformance, Outcome.PASSED, "");
  }

  private static Result ask(
      ServiceClient client, ConformanceCase conformance, ConformanceCase.DataSet dataSet) {
    String path = "/v2/models/" + conformance.name() + "/infer";
    TensorRequest request = new TensorRequest(conformance.inputs(), dataSet.inputs());
    Exchange first = request.inBinary(client, path);
    if (first.status() >= 400) {
      return unanswered(conformance, first);
    }
    List<Tensor> outputs = outputs(conformance, first);
    String difference = Differences.beyondTolerance(dataSet.outputs(), outputs);
    if (difference != null) {
      return new Result(conformance, Outcome.WRONG, difference);
    }
    for (List<Tensor> other : OtherInputs.of(dataSet.inputs())) {
      Exchange answer = new TensorRequest(conformance.inputs(), other).inBinary(client, path);
      if (answer.status() >= 500) {
        return unanswered(conformance, answer);
      }
    }
    for (Exchange again : List.of(request.inBinary(client, path), request.inJson(client, path))) {
      difference =
          again.status() >= 400
              ? again.text()
              : Differences.inBits(outputs, outputs(conformance, again));
      if (difference != null) {
        return new Result(conformance, Outcome.WRONG, "asked again: " + difference);
      }
    }
    return new Result(conformance, Outcome.PASSED, "");
  }

  private static List<Tensor> outputs(ConformanceCase conformance, Exchange exchange) {
    InferenceAnswer answer = InferenceAnswer.of(exchange);
    return conformance.outputs().stream().map(answer::tensor).toList();
  }

  private static Result unanswered(ConformanceCase conformance, Exchange exchange) {
    return new Result(
        conformance,
        exchange.status() >= 500 ? Outcome.FAILED : Outcome.REFUSED,
        String.valueOf(ExchangeValidator.reason(exchange)));
  }

  private static Map<String, String> reasons(List<Result> results) {
    Map<String, String> reasons = new TreeMap<>();
    results.stream()
        .filter(result -> result.outcome == Outcome.REFUSED)
        .forEach(result -> reasons.put(result.name(), result.detail));
    return reasons;
  }

  private static long count(List<Result> results, Outcome outcome) {
    return results.stream().filter(result -> result.outcome == outcome).count();
  }

  private static String summary(List<Result> results) {
    List<String> counts = new ArrayList<>();
    for (Outcome outcome : Outcome.values()) {
      counts.add(outcome + " " + count(results, outcome));
    }
    return "ONNX's operator cases over HTTP: " + String.join(", ", counts);
  }
}
