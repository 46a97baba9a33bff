package io.norma.references.web;

import io.norma.http.BinaryTensorHeader;
import io.norma.http.RequestBody;
import io.norma.http.codec.InferenceRequestReader;
import io.norma.references.ReferenceService;
import io.norma.serving.ModelName;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** References of a network: what its layers put out on clean batches. */
@RestController
final class ReferenceController {
  private static final String REFERENCES = "/v1/models/{model}/versions/{version}/references";

  private final ReferenceService service;

  ReferenceController(ReferenceService service) {
    this.service = service;
  }

  @PostMapping(REFERENCES)
  ReferenceAnswer add(
      @PathVariable String model,
      @PathVariable String version,
      @RequestParam(defaultValue = "") String[] layer,
      HttpServletRequest request)
      throws IOException {
    long number = ModelName.requireVersion(version);
    int jsonLength = BinaryTensorHeader.read(request);
    RequestBody body = RequestBody.read(request);
    return ReferenceAnswer.of(
        service.add(
            model,
            number,
            InferenceRequestReader.read(body.bytes(), body.length(), jsonLength).request(),
            List.of(layer),
            request.getHeader("Idempotency-Key")));
  }

  @GetMapping(REFERENCES)
  ReferenceAnswer get(@PathVariable String model, @PathVariable String version) {
    return ReferenceAnswer.of(service.get(model, ModelName.requireVersion(version)));
  }

  @DeleteMapping(REFERENCES)
  ResponseEntity<Void> delete(@PathVariable String model, @PathVariable String version) {
    service.delete(model, ModelName.requireVersion(version));
    return ResponseEntity.noContent().build();
  }
}
