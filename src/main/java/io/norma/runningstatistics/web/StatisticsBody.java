package io.norma.runningstatistics.web;

import io.norma.http.Query;
import io.norma.http.RequestBody;
import io.norma.http.codec.RequestMemory;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.ExportedStatistics;
import io.norma.runningstatistics.StatisticsDocument;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.server.ResponseStatusException;

/** Reads running statistics from a body by its {@code Content-Type}, and picks the type to send. */
public final class StatisticsBody {
  public static final String SAFETENSORS = "application/vnd.safetensors";
  private static final List<String> SAFETENSORS_TYPES =
      List.of(SAFETENSORS, "application/x-safetensors", "application/safetensors");
  private static final List<String> ONNX_TYPES =
      List.of("application/onnx", "application/x-onnx", "application/vnd.onnx");

  private StatisticsBody() {}

  static StatisticsDocument read(HttpServletRequest request) throws IOException {
    String type = request.getContentType();
    String plain = type == null ? "" : type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
    if (plain.equals("application/json")) {
      Query.of(request);
      RequestBody body = RequestBody.read(request);
      return StatisticsJsonReader.read(body.bytes(), body.length());
    }
    Query query = Query.of(request, "source", "sample_count", "variance_convention", "base");
    if (SAFETENSORS_TYPES.contains(plain)) {
      RequestBody body = RequestBody.readBytes(request);
      Safetensors.Contents contents = Safetensors.read(body.bytes(), body.length());
      return new StatisticsDocument(
          query.optional("source"),
          sampleCount(query),
          query.choice("variance_convention", VarianceConvention.UNBIASED),
          query.optional("base"),
          contents.layers(),
          contents.ignored(),
          contents.weights());
    }
    if (ONNX_TYPES.contains(plain)) {
      RequestBody body = RequestBody.readBytes(request);
      RequestMemory memory = RequestMemory.current();
      // The weights become tensors, and are held until they have been compared.
      memory.take(body.length());
      ExportedStatistics exported =
          ExportedStatistics.of(body.bytes(), body.length(), memory.budget());
      return new StatisticsDocument(
          query.optional("source"),
          sampleCount(query),
          query.choice("variance_convention", exported.varianceConvention()),
          query.optional("base"),
          exported.layers(),
          List.of(),
          exported.weights());
    }
    throw new ResponseStatusException(
        HttpStatus.UNSUPPORTED_MEDIA_TYPE,
        "running statistics come as Content-Type application/json, %s or application/onnx, not '%s'"
            .formatted(SAFETENSORS, plain));
  }

  private static @Nullable Long sampleCount(Query query) {
    return query.optional("sample_count") == null
        ? null
        : (Long) query.integer("sample_count", 0, 0, Long.MAX_VALUE);
  }

  /**
   * Whether the answer shall be safetensors; JSON otherwise.
   *
   * @throws ResponseStatusException if the caller accepts neither
   */
  static boolean wantsSafetensors(HttpServletRequest request) {
    String accept = request.getHeader("Accept");
    if (accept == null || accept.isBlank()) {
      return false;
    }
    double json = 0;
    double safetensors = 0;
    try {
      for (MediaType range : MediaType.parseMediaTypes(accept)) {
        if (range.includes(MediaType.APPLICATION_JSON)) {
          json = Math.max(json, range.getQualityValue());
        }
        if (SAFETENSORS_TYPES.stream().anyMatch(t -> range.includes(MediaType.valueOf(t)))) {
          boolean named = range.isConcrete();
          safetensors = Math.max(safetensors, named ? range.getQualityValue() : 0);
        }
      }
    } catch (InvalidMediaTypeException e) {
      throw new ServingException.Invalid("the Accept header cannot be read: " + e.getMessage(), e);
    }
    if (json == 0 && safetensors == 0) {
      throw new ResponseStatusException(
          HttpStatus.NOT_ACCEPTABLE,
          "running statistics go out as application/json or %s, not as '%s'"
              .formatted(SAFETENSORS, accept));
    }
    return safetensors > json;
  }
}
