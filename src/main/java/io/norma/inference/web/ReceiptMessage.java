package io.norma.inference.web;

import io.norma.http.codec.Json;
import io.norma.http.codec.StrictJson;
import io.norma.inference.NormalizationSelector;
import io.norma.kernel.compute.Arithmetic;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.Receipt;
import io.norma.serving.ServingException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A receipt as a caller sends it back: {@link Receipt#fields()}, each of which may be missing. */
record ReceiptMessage(
    @Nullable String model,
    @Nullable String version,
    @Nullable String networkSha256,
    @Nullable String referencesSha256,
    @Nullable String normalization,
    @Nullable String runningStatistics,
    @Nullable String blend,
    @Nullable Double priorWeight,
    @Nullable Double k,
    @Nullable Long seed,
    @Nullable String runningStatisticsSha256,
    @Nullable String weights,
    @Nullable String arithmetic,
    @Nullable String platform,
    @Nullable String inputsSha256,
    @Nullable String outputsSha256) {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,17}");
  private static final Pattern REVISION = Pattern.compile("[^@]+@[1-9][0-9]{0,8}");
  private static final List<String> BLENDS = List.of("linear", "mixture");
  private static final List<String> MODES = List.of("frozen", "batch", "blend", "instance_aware");

  /**
   * Reads a receipt.
   *
   * @throws ServingException.InvalidField if a field is missing, is not known, or cannot be one of
   *     a receipt
   */
  static Receipt read(byte[] json) {
    return StrictJson.read(json, json.length, ReceiptMessage.class).receipt();
  }

  private Receipt receipt() {
    boolean batch = "batch".equals(one("normalization", normalization, MODES));
    if (batch != (runningStatistics == null) || batch != (runningStatisticsSha256 == null)) {
      String field = runningStatistics == null ? "running_statistics" : "running_statistics_sha256";
      throw batch
          ? invalid(
              runningStatistics == null ? "running_statistics_sha256" : "running_statistics",
              "has no meaning with normalization \"batch\"")
          : invalid(field, "is missing");
    }
    return new Receipt(
        new Receipt.Conditions(
            new NetworkIdentity(
                required("model", model),
                Long.parseLong(
                    matching("version", version, VERSION, "a version, a number from 1 on")),
                sha256("network_sha256", networkSha256)),
            referencesSha256 == null ? null : sha256("references_sha256", referencesSha256),
            used(),
            batch ? null : sha256("running_statistics_sha256", runningStatisticsSha256),
            one("weights", weights, words(WeightFormat.values())),
            one("arithmetic", arithmetic, words(Arithmetic.values())),
            required("platform", platform)),
        sha256("inputs_sha256", inputsSha256),
        sha256("outputs_sha256", outputsSha256));
  }

  private Map<String, Object> used() {
    Map<String, Object> used = new HashMap<>();
    put(used, NormalizationSelector.NORMALIZATION, normalization);
    put(
        used,
        NormalizationSelector.RUNNING_STATISTICS,
        runningStatistics == null
            ? null
            : matching(
                "running_statistics",
                runningStatistics,
                REVISION,
                "a revision, written as set@number, such as night@3"));
    put(used, NormalizationSelector.BLEND, of("blend", "blend", blend));
    put(used, NormalizationSelector.PRIOR_WEIGHT, of("blend", "prior_weight", priorWeight));
    put(used, NormalizationSelector.K, of("instance_aware", "k", k));
    put(used, InferenceRequest.SEED, seed);
    if (blend != null) {
      one("blend", blend, BLENDS);
    }
    if (priorWeight != null && !(priorWeight >= 0 && priorWeight <= 1)) {
      throw invalid("prior_weight", "must be from 0 to 1, but is " + priorWeight);
    }
    if (k != null && !(k >= 0 && Double.isFinite(k))) {
      throw invalid("k", "must be finite and not negative, but is " + k);
    }
    return used;
  }

  /** A field that is there with one normalization, and with no other. */
  private <T> @Nullable T of(String mode, String field, @Nullable T value) {
    boolean belongs = mode.equals(normalization);
    if (belongs != (value != null)) {
      throw belongs
          ? invalid(field, "is missing")
          : invalid(field, "has no meaning with normalization \"%s\"".formatted(normalization));
    }
    return value;
  }

  private static void put(Map<String, Object> used, String name, @Nullable Object value) {
    if (value != null) {
      used.put(name, value);
    }
  }

  private static List<String> words(Enum<?>[] constants) {
    return Arrays.stream(constants).map(each -> each.name().toLowerCase(Locale.ROOT)).toList();
  }

  private static String sha256(String field, @Nullable String value) {
    return matching(
        field, value, SHA_256, "a SHA-256: 64 hexadecimal digits, the letters in lower case");
  }

  private static String one(String field, @Nullable String value, List<String> words) {
    String word = required(field, value);
    if (!words.contains(word)) {
      throw invalid(field, "must be one of %s, but is %s".formatted(words, Json.described(word)));
    }
    return word;
  }

  private static String matching(
      String field, @Nullable String value, Pattern pattern, String expected) {
    String text = required(field, value);
    if (!pattern.matcher(text).matches()) {
      throw invalid(field, "must be %s, but is %s".formatted(expected, Json.described(text)));
    }
    return text;
  }

  private static String required(String field, @Nullable String value) {
    if (value == null) {
      throw invalid(field, "is missing");
    }
    return value;
  }

  private static ServingException invalid(String field, String message) {
    return Json.invalid(field, message);
  }
}
