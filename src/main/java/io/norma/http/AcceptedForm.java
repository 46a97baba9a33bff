package io.norma.http;

import io.norma.http.codec.NpyBody;
import io.norma.http.codec.ResponseForm;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/**
 * The form of an answer to a body that cannot say how it wants it: what {@code Accept} prefers (RFC
 * 9110, section 12.5.1), and JSON where it prefers nothing else.
 */
final class AcceptedForm {
  private static final Map<MediaType, ResponseForm> FORMS = new LinkedHashMap<>();

  static {
    FORMS.put(MediaType.APPLICATION_JSON, ResponseForm.JSON);
    FORMS.put(MediaType.APPLICATION_OCTET_STREAM, ResponseForm.BINARY);
    FORMS.put(MediaType.valueOf(NpyBody.MEDIA_TYPE), ResponseForm.ARRAY);
  }

  private AcceptedForm() {}

  static ResponseForm of(HttpServletRequest request) {
    List<MediaType> ranges;
    try {
      ranges = MediaType.parseMediaTypes(Collections.list(request.getHeaders("Accept")));
    } catch (InvalidMediaTypeException _) {
      // The V2 protocol's clients are answered whatever they say there.
      return ResponseForm.JSON;
    }
    ResponseForm best = ResponseForm.JSON;
    double weight = 0;
    for (Map.Entry<MediaType, ResponseForm> form : FORMS.entrySet()) {
      double own = weight(form.getKey(), ranges);
      if (own > weight) {
        best = form.getValue();
        weight = own;
      }
    }
    return best;
  }

  /** That of the narrowest range that a type is in, 0 where there is none. */
  private static double weight(MediaType type, List<MediaType> ranges) {
    return ranges.stream()
        .filter(range -> range.includes(type))
        .max(
            Comparator.comparing((MediaType range) -> !range.isWildcardType())
                .thenComparing(range -> !range.isWildcardSubtype()))
        .map(MediaType::getQualityValue)
        .orElse(0.0);
  }
}
