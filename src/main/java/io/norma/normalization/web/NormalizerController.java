package io.norma.normalization.web;

import io.norma.http.FieldsBody;
import io.norma.http.JsonBody;
import io.norma.http.Page;
import io.norma.http.codec.Fields;
import io.norma.http.codec.FieldsWriter;
import io.norma.http.codec.Words;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.NormalizerSettings;
import io.norma.normalization.NormalizerState;
import io.norma.normalization.NormalizerStore.Change;
import io.norma.normalization.RememberingNormalizerService;
import io.norma.normalization.RememberingNormalizerService.Remembered;
import io.norma.normalization.StatelessNormalizationService;
import io.norma.normalization.StatelessNormalizationService.Call;
import io.norma.normalization.StoredNormalizer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
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
  Page<Summary> list(
      @RequestParam(defaultValue = "") String after,
      @RequestParam(defaultValue = Page.SIZE) @Range(min = 1, max = Page.LARGEST) int limit) {
    return Page.of(normalizers.list(after, limit + 1), limit, Summary::of, StoredNormalizer::name);
  }

  /** A normalizer in a list. */
  record Summary(String name, int channels, long batches) {
    static Summary of(StoredNormalizer normalizer) {
      return new Summary(normalizer.name(), normalizer.channels(), normalizer.state().batches());
    }
  }

  @PutMapping("/{name}")
  void put(@PathVariable String name, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    NormalizerSettings settings = bodies.read(request, NormalizerConventions.class).settings();
    RememberingNormalizerService.Put put = normalizers.put(name, settings);
    response.setStatus(put.made() ? HttpServletResponse.SC_CREATED : HttpServletResponse.SC_OK);
    send(write(put.normalizer()), request, response);
  }

  @GetMapping("/{name}")
  void get(@PathVariable String name, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    send(write(normalizers.get(name)), request, response);
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
          Remembered remembered =
              normalizers.train(name, input, gamma, beta, request.getHeader(KEY), call);
          Map<String, Object> answer = new LinkedHashMap<>();
          answer.put("output", remembered.output());
          answer.put("count", remembered.count());
          answer.put("batch_mean", remembered.mean().doubles());
          answer.put("batch_variance", remembered.variance().doubles());
          writeChange(answer, remembered.change());
          return answer;
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
          Map<String, Object> answer = new LinkedHashMap<>();
          answer.put("output", normalizers.apply(name, input, gamma, beta, call));
          return answer;
        });
  }

  @PostMapping("/{name}/merge")
  void merge(@PathVariable String name, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Fields fields = FieldsBody.read(request);
    ChannelMoments moments = moments(fields);
    Long batches = fields.integer("batches", 1, Integer.MAX_VALUE);
    fields.requireNothingElse();
    Change change =
        normalizers.merge(name, moments, batches == null ? 1 : batches, request.getHeader(KEY));
    Map<String, Object> answer = new LinkedHashMap<>();
    writeChange(answer, change);
    send(answer, request, response);
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

  private static void writeChange(Map<String, Object> answer, Change change) {
    NormalizerState state = change.normalizer().state();
    answer.put("running_mean", state.runningMean());
    answer.put("running_variance", state.runningVariance());
    answer.put("batches", state.batches());
    answer.put("repeated", change.repeated());
  }

  private static Map<String, Object> write(StoredNormalizer normalizer) {
    Map<String, Object> conventions = new LinkedHashMap<>();
    conventions.put("channel_axis", normalizer.channelAxis());
    conventions.put("epsilon", normalizer.epsilon());
    Double momentum = normalizer.momentum();
    if (momentum == null) {
      conventions.put("cumulative", true);
    } else {
      conventions.put("momentum", momentum);
      conventions.put("decay", 1 - momentum);
    }
    conventions.put("variance_convention", Words.of(normalizer.varianceConvention()));
    NormalizerState state = normalizer.state();
    Map<String, Object> moments = new LinkedHashMap<>();
    moments.put("count", state.moments().count());
    moments.put("mean", state.moments().mean());
    moments.put("sum_of_squared_deviations", state.moments().sumOfSquaredDeviations());
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("name", normalizer.name());
    answer.put("channels", normalizer.channels());
    answer.put("created_at", normalizer.createdAt());
    answer.put("conventions", conventions);
    answer.put("batches", state.batches());
    answer.put("running_mean", state.runningMean());
    answer.put("running_variance", state.runningVariance());
    answer.put("moments", moments);
    return answer;
  }

  private static void send(
      Map<String, ?> fields, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    FieldsBody.write(FieldsWriter.write(fields, false), request, response);
  }

  private void answer(
      HttpServletRequest request,
      HttpServletResponse response,
      BiFunction<Fields, Call, Map<String, Object>> work)
      throws IOException {
    FieldsWriter.Answer answer =
        normalization.observe(
            "normalizer",
            call -> {
              Fields fields = FieldsBody.read(request);
              boolean binary = FieldsBody.wantsBinary(fields);
              return FieldsWriter.write(work.apply(fields, call), binary);
            });
    FieldsBody.write(answer, request, response);
  }
}
