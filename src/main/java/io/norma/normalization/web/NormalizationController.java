package io.norma.normalization.web;

import io.norma.http.FieldsBody;
import io.norma.http.codec.AnswerWriter;
import io.norma.http.codec.Fields;
import io.norma.http.codec.RequestMemory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.BatchRequest;
import io.norma.normalization.SampleRequest;
import io.norma.normalization.StatelessNormalizationService;
import io.norma.normalization.StatelessNormalizationService.Call;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Normalization of what a request brings. */
@RestController
@RequestMapping("/v1/normalizations")
final class NormalizationController {
  private static final double EPSILON = 1e-5;

  private final StatelessNormalizationService service;

  NormalizationController(StatelessNormalizationService service) {
    this.service = service;
  }

  @PostMapping("/batch")
  void batch(HttpServletRequest request, HttpServletResponse response) throws IOException {
    answer(
        "batch",
        request,
        response,
        (fields, call) -> {
          BatchRequest batch = BatchFields.read(fields);
          fields.requireNothingElse();
          return BatchMessages.Batch.of(service.normalize(batch, call), batch.conventions());
        });
  }

  @PostMapping("/batch/gradient")
  void batchGradient(HttpServletRequest request, HttpServletResponse response) throws IOException {
    answer(
        "batch-gradient",
        request,
        response,
        (fields, call) -> {
          BatchRequest batch = BatchFields.read(fields);
          Tensor gradient = fields.tensor("output_gradient");
          fields.requireNothingElse();
          return BatchMessages.Gradient.of(
              service.gradient(batch, gradient, call), batch.conventions());
        });
  }

  @PostMapping("/{kind:group|instance|layer}")
  void samples(@PathVariable String kind, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    answer(
        kind,
        request,
        response,
        (fields, call) -> {
          SampleRequest samples = samples(kind, fields);
          fields.requireNothingElse();
          return SampleMessages.Samples.of(service.normalize(samples, call), samples);
        });
  }

  @PostMapping("/{kind:group|instance|layer}/gradient")
  void sampleGradient(
      @PathVariable String kind, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    answer(
        kind + "-gradient",
        request,
        response,
        (fields, call) -> {
          SampleRequest samples = samples(kind, fields);
          Tensor gradient = fields.tensor("output_gradient");
          fields.requireNothingElse();
          return SampleMessages.Gradient.of(service.gradient(samples, gradient, call), samples);
        });
  }

  private static SampleRequest samples(String kind, Fields fields) {
    Tensor input = fields.tensor("input");
    double epsilon = fields.number("epsilon", EPSILON);
    Tensor gamma = fields.numbers("gamma");
    Tensor beta = fields.numbers("beta");
    SampleRequest samples = samples(kind, fields, input, epsilon, gamma, beta);
    Shape shape = samples.rows().shape();
    RequestMemory.current().takeChannels((long) shape.dimension(0) * samples.groups());
    RequestMemory.current().takeChannels(shape.dimension(samples.channelAxis()));
    return samples;
  }

  private static SampleRequest samples(
      String kind,
      Fields fields,
      Tensor input,
      double epsilon,
      @Nullable Tensor gamma,
      @Nullable Tensor beta) {
    return switch (kind) {
      case "group" ->
          SampleRequest.group(
              input,
              fields.integer("groups"),
              fields.integer("channel_axis", 1),
              epsilon,
              gamma,
              beta);
      case "instance" ->
          SampleRequest.instance(input, fields.integer("channel_axis", 1), epsilon, gamma, beta);
      default -> {
        int[] shape = fields.integers("normalized_shape");
        if (shape == null) {
          throw fields.missing("normalized_shape");
        }
        yield SampleRequest.layer(input, shape, epsilon, gamma, beta);
      }
    };
  }

  private void answer(
      String kind,
      HttpServletRequest request,
      HttpServletResponse response,
      BiFunction<Fields, Call, Record> work)
      throws IOException {
    AnswerWriter.Answer answer =
        service.observe(
            kind,
            call -> {
              Fields fields = FieldsBody.read(request);
              boolean binary = FieldsBody.wantsBinary(fields);
              return AnswerWriter.write(work.apply(fields, call), binary);
            });
    FieldsBody.write(answer, request, response);
  }
}
