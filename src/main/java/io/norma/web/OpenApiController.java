package io.norma.web;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Hands out the contract, and a page to read it on, whose parts come with the service. */
@RestController
final class OpenApiController {
  /** Where the contract is among the program's resources. */
  static final String CONTRACT = "openapi/norma.yaml";

  private static final Resource PAGE = new ClassPathResource("docs/index.html");

  @GetMapping("/openapi.yaml")
  ResponseEntity<Resource> contract() {
    return ResponseEntity.ok()
        .contentType(MediaType.valueOf("application/yaml"))
        .body(new ClassPathResource(CONTRACT));
  }

  @GetMapping("/docs")
  ResponseEntity<Resource> page() {
    return ResponseEntity.ok().contentType(MediaType.TEXT_HTML).body(PAGE);
  }
}
