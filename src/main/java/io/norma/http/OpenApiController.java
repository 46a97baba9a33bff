package io.norma.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.core.io.ByteArrayResource;
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

  /**
   * What a page may do (Content Security Policy Level 3, W3C): nothing but with this service, and
   * in no frame. Swagger UI sets styles on its elements.
   */
  private static final String PAGE_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'"
          + " data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action"
          + " 'none'";

  /** The contract's only server, by its path. */
  private static final String SERVER = "\n  - url: /\n";

  /** The contract; its server has the path under which this service is, where there is one. */
  @GetMapping("/openapi.yaml")
  ResponseEntity<Resource> contract(HttpServletRequest request) throws IOException {
    Resource contract = new ClassPathResource(CONTRACT);
    String path = request.getContextPath();
    if (!path.isEmpty()) {
      String here = SERVER.replace("/", "'" + path.replace("'", "''") + "'");
      String text = contract.getContentAsString(StandardCharsets.UTF_8).replace(SERVER, here);
      contract = new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8));
    }
    return ResponseEntity.ok().contentType(MediaType.valueOf("application/yaml")).body(contract);
  }

  @GetMapping("/docs")
  ResponseEntity<Resource> page() {
    return ResponseEntity.ok()
        .contentType(MediaType.TEXT_HTML)
        .header("Content-Security-Policy", PAGE_POLICY)
        .header("Referrer-Policy", "no-referrer")
        .body(PAGE);
  }
}
