package io.norma.inference.web;

import io.norma.http.JsonParts;
import io.norma.http.RequestBody;
import io.norma.http.codec.InferenceRequestReader;
import io.norma.inference.replay.ReplayService;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ModelName;
import io.norma.serving.Receipt;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Requests once more, held against the receipts of their answers. */
@RestController
final class ReplayController {
  private static final String RECEIPT = "receipt";
  private static final String REQUEST = "request";

  private final ReplayService replays;

  ReplayController(ReplayService replays) {
    this.replays = replays;
  }

  @PostMapping({"/v1/models/{model}/replay", "/v1/models/{model}/versions/{version}/replay"})
  ReplayMessage replay(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      HttpServletRequest request)
      throws IOException {
    RequestBody body = RequestBody.read(request);
    JsonParts parts = JsonParts.of(body.bytes(), body.length(), RECEIPT, REQUEST);
    Receipt receipt = parts.read(RECEIPT, ReceiptMessage::read);
    InferenceRequest asked =
        parts.read(REQUEST, json -> InferenceRequestReader.read(json, json.length, -1).request());
    return ReplayMessage.of(
        replays.replay(
            model,
            version == null ? null : (Long) ModelName.requireVersion(version),
            receipt,
            asked));
  }
}
