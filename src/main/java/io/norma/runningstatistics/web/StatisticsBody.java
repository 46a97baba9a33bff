package io.norma.runningstatistics.web;

import io.norma.admission.Imports;
import io.norma.http.BodyLimit;
import io.norma.http.RequestBody;
import io.norma.http.codec.NamedArray;
import io.norma.http.codec.NamedArrays;
import io.norma.http.codec.RequestMemory;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.onnx.file.FileOutline;
import io.norma.runningstatistics.ExportedStatistics;
import io.norma.runningstatistics.StatisticsDocument;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.server.ResponseStatusException;

/** Reads running statistics from a body by its type and its bytes, and picks the type to send. */
public final class StatisticsBody {
  public static final String SAFETENSORS = "application/vnd.safetensors";
  private static final List<String> SAFETENSORS_TYPES =
      List.of(SAFETENSORS, "application/x-safetensors", "application/safetensors");
  private static final List<String> ANY_TYPES =
      List.of(
          "application/octet-stream",
          "application/x-npz",
          "application/zip",
          "application/x-zip-compressed",
          "application/x-hdf5",
          "application/x-hdf");
  private static final List<String> ONNX_TYPES =
      List.of("application/onnx", "application/x-onnx", "application/vnd.onnx");

  /** How an ONNX file begins: with the number of its format, by protobuf's tag of it. */
  private static final int ONNX_VERSION_TAG = 8;

  private StatisticsBody() {}

  /** What the address says of running statistics that can't say it themselves. */
  record Description(
      @Nullable String source,
      @Nullable Long sampleCount,
      @Nullable VarianceConvention convention,
      @Nullable String base) {
    private void requireNone() {
      String given =
          source != null
              ? "source"
              : sampleCount != null
                  ? "sample_count"
                  : convention != null ? "variance_convention" : base != null ? "base" : null;
      if (given != null) {
        throw new ServingException.InvalidField(
            given,
            "query parameter '%s' describes files: JSON has a field '%s'".formatted(given, given));
      }
    }
  }

  static StatisticsDocument read(
      HttpServletRequest request, Description description, BodyLimit limit, Imports imports)
      throws IOException {
    String type = request.getContentType();
    String plain = type == null ? "" : type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
    if (plain.equals("application/json")) {
      description.requireNone();
      RequestBody body = RequestBody.read(request);
      return StatisticsJson.read(body.bytes(), body.length());
    }
    boolean safetensors = SAFETENSORS_TYPES.contains(plain);
    boolean onnx = ONNX_TYPES.contains(plain);
    if (!safetensors && !onnx && !ANY_TYPES.contains(plain)) {
      throw new ResponseStatusException(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          "running statistics come as Content-Type application/json, %s, application/x-npz, application/onnx or application/octet-stream, not '%s'"
              .formatted(SAFETENSORS, plain));
    }
    RequestBody body = RequestBody.readBytes(request);
    // Files are often sent as what they are not: their bytes tell better.
    List<NamedArray> arrays =
        NamedArrays.read(body.bytes(), body.length(), limit.bytes(), limit.setting());
    if (arrays == null && safetensors) {
      arrays = NamedArrays.safetensors(body.bytes(), body.length());
    }
    if (arrays != null) {
      return named(arrays, description);
    }
    if (!onnx && (body.length() == 0 || body.bytes()[0] != ONNX_VERSION_TAG)) {
      throw new ServingException.Invalid(
          "the body is no file of a known format; expected safetensors, NumPy's .npz or ONNX");
    }
    return exported(body, description, imports);
  }

  private static StatisticsDocument named(List<NamedArray> arrays, Description description) {
    ArrayStatistics found = ArrayStatistics.of(arrays);
    return new StatisticsDocument(
        description.source(),
        description.sampleCount(),
        Objects.requireNonNullElse(description.convention(), found.convention()),
        description.base(),
        found.layers(),
        found.ignored(),
        found.weights());
  }

  private static StatisticsDocument exported(
      RequestBody body, Description description, Imports imports) throws IOException {
    RequestMemory memory = RequestMemory.current();
    memory.take(
        FileOutline.of(new ByteArrayInputStream(body.bytes(), 0, body.length()), imports.nodes())
            .heapBytes());
    // The weights become tensors, and are held until they have been compared.
    memory.take(body.length());
    ExportedStatistics exported;
    try (Imports.Place _ = imports.takePlace()) {
      exported =
          imports.run(() ->
              ExportedStatistics.of(body.bytes(), body.length(), imports.limits(memory.budget())));
    }
    return new StatisticsDocument(
        description.source(),
        description.sampleCount(),
        Objects.requireNonNullElse(description.convention(), exported.varianceConvention()),
        description.base(),
        exported.layers(),
        List.of(),
        exported.weights());
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
