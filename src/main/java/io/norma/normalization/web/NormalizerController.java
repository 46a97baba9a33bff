package io.norma.normalization.web;

import io.norma.http.FieldsBody;
import io.norma.http.JsonBody;
import io.norma.http.Page;
import io.norma.http.codec.AnswerWriter;
import io.norma.http.codec.Fields;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.NormalizerSettings;
import io.norma.normalization.RememberingNormalizerService;
import io.norma.normalization.StatelessNormalizationService;
import io.norma.normalization.StatelessNormalizationService.Call;
import io.norma.normalization.StoredNormalizer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.BiFunction;
import org.hibernate.validator.constraints.Range;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Normalizers that remember. */
@RestController
@RequestMapping("/v1/normalizers")
final class NormalizerController {
  private static final String KEY = "Idempotency-Key";

  private final RememberingNormalizerService normalizers;
  private final StatelessNormalizationService normalization;
  private final JsonBody bodies;

  NormalizerController(
      RememberingNormalizerService normalizers,
      StatelessNormalizationService normalization,
      JsonBody bodies) {
    this.normalizers = normalizers;
    this.normalization = normalization;
    this.bodies = bodies;
  }

  @GetMapping
  Page<NormalizerMessages.Summary> list(
      @RequestParam(defaultValue = "") String after,
      @RequestParam(defaultValue = Page.SIZE) @Range(min = 1, max = Page.LARGEST) int limit) {
    return Page.of(
        normalizers.list(after, limit + 1),
        limit,
        NormalizerMessages.Summary::of,
        StoredNormalizer::name);
  }

  @PutMapping("/{name}")
  void put(@PathVariable String name, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    NormalizerSettings settings = bodies.read(request, NormalizerConventions.class).settings();
    RememberingNormalizerService.Put put = normalizers.put(name, settings);
    response.setStatus(put.made() ? HttpServletResponse.SC_CREATED : HttpServletResponse.SC_OK);
    send(NormalizerMessages.Normalizer.of(put.normalizer()), request, response);
  }

  @GetMapping("/{name}")
  void get(@PathVariable String name, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    send(NormalizerMessages.Normalizer.of(normalizers.get(name)), request, response);
  }

  @DeleteMapping("/{name}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void delete(@PathVariable String name) {
    normalizers.delete(name);
  }

  @PostMapping("/{name}/batches")
  void train(@PathVariable String name, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    answer(
        request,
        response,
        (fields, call) -> {
          Tensor input = fields.tensor("input");
          Tensor gamma = fields.numbers("gamma");
          Tensor beta = fields.numbers("beta");
          fields.requireNothingElse();
          return NormalizerMessages.RememberedBatch.of(
              normalizers.train(name, input, gamma, beta, request.getHeader(KEY), call));
        });
  }

  @PostMapping("/{name}/apply")
  void apply(@PathVariable String name, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    answer(
        request,
        response,
        (fields, call) -> {
          Tensor input = fields.tensor("input");
          Tensor gamma = fields.numbers("gamma");
          Tensor beta = fields.numbers("beta");
          fields.requireNothingElse();
          return new NormalizerMessages.AppliedBatch(
              normalizers.apply(name, input, gamma, beta, call));
        });
  }

  @PostMapping("/{name}/merge")
  void merge(@PathVariable String name, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Fields fields = FieldsBody.read(request);
    ChannelMoments moments = moments(fields);
    Long batches = fields.integer("batches", 1, Integer.MAX_VALUE);
    fields.requireNothingElse();
    NormalizerMessages.Merge merge =
        NormalizerMessages.Merge.of(
            normalizers.merge(
                name, moments, batches == null ? 1 : batches, request.getHeader(KEY)));
    send(merge, request, response);
  }

  private static ChannelMoments moments(Fields fields) {
    Long count = fields.count("count");
    Tensor mean = fields.vector("mean");
    Tensor deviations = fields.vector("sum_of_squared_deviations");
    if (count == null || mean == null || deviations == null) {
      throw fields.missing(
          count == null ? "count" : mean == null ? "mean" : "sum_of_squared_deviations");
    }
    try {
      return new ChannelMoments(count, mean.toDoubleArray(), deviations.toDoubleArray());
    } catch (IllegalArgumentException e) {
      throw fields.invalid("sum_of_squared_deviations", "does not fit: " + e.getMessage());
    }
  }

  private static void send(Record answer, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    FieldsBody.write(AnswerWriter.write(answer, false), request, response);
  }

  private void answer(
      HttpServletRequest request,
      HttpServletResponse response,
      BiFunction<Fields, Call, Record> work)
      throws IOException {
    AnswerWriter.Answer answer =
        normalization.observe(
            "normalizer",
            call -> {
              Fields fields = FieldsBody.read(request);
              boolean binary = FieldsBody.wantsBinary(fields);
              return AnswerWriter.write(work.apply(fields, call), binary);
            });
    FieldsBody.write(answer, request, response);
  }
}
