package io.norma.inference.web;

import io.norma.http.InferenceBodies;
import io.norma.http.RequestBody;
import io.norma.http.ResponseBody;
import io.norma.http.codec.InferenceResponseWriter;
import io.norma.http.codec.WireRequest;
import io.norma.http.codec.WireResponse;
import io.norma.inference.InferenceCall;
import io.norma.inference.InferenceService;
import io.norma.inference.NormalizationSelector;
import io.norma.serving.InferenceRequest;
import io.norma.serving.InferenceResponse;
import io.norma.serving.ModelName;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Inference by the V2 protocol. */
@RestController
final class InferenceController {
  /** The newest version of a model. */
  static final String NEWEST = "/v2/models/{model}/infer";

  static final String VERSION = "/v2/models/{model}/versions/{version}/infer";

  /** The header by which requests that name no running statistics are shared out. */
  private static final String ROUTING_KEY = "X-Routing-Key";

  /** The header by which requests get running statistics that follow those of their class. */
  private static final String TRAFFIC_CLASS = "X-Traffic-Class";

  private final InferenceService inference;
  private final InferenceBodies bodies;

  InferenceController(InferenceService inference, InferenceBodies bodies) {
    this.inference = inference;
    this.bodies = bodies;
  }

  @PostMapping(NEWEST)
  void infer(@PathVariable String model, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    answer(model, null, request, response);
  }

  @PostMapping(VERSION)
  void infer(
      @PathVariable String model,
      @PathVariable String version,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    answer(model, ModelName.requireVersion(version), request, response);
  }

  private void answer(
      String model,
      @Nullable Long version,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    InferenceBodies.Form form = bodies.of(request);
    inference.requireAdmission(model, version);
    RequestBody body = RequestBody.read(request);
    String routingKey = request.getHeader(ROUTING_KEY);
    String trafficClass = request.getHeader(TRAFFIC_CLASS);
    ResponseBody.write(
        answer(model, version, body, form, routingKey, trafficClass), request, response);
  }

  private WireResponse answer(
      String model,
      @Nullable Long version,
      RequestBody body,
      InferenceBodies.Form form,
      @Nullable String routingKey,
      @Nullable String trafficClass) {
    InferenceCall call = inference.begin(model, version);
    try {
      WireRequest wire = form.read(model, call.inputs(), body);
      InferenceRequest asked = wire.request();
      if (routingKey != null) {
        asked = asked.withDefault(NormalizationSelector.ROUTING_KEY, routingKey);
      }
      if (trafficClass != null) {
        asked = asked.withDefault(NormalizationSelector.TRAFFIC_CLASS, trafficClass);
      }
      InferenceResponse result = inference.infer(call, asked);
      WireResponse answer = InferenceResponseWriter.write(result, wire.form());
      call.succeeded();
      return answer;
    } catch (RuntimeException | Error e) {
      throw call.failed(e);
    }
  }
}
