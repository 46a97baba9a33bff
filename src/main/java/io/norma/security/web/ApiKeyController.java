package io.norma.security.web;

import io.norma.http.Caller;
import io.norma.http.JsonBody;
import io.norma.http.Page;
import io.norma.http.RequestPath;
import io.norma.security.ApiKey;
import io.norma.security.ApiKeyService;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.hibernate.validator.constraints.Range;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Keys: made, listed, revoked. */
@RestController
@RequestMapping("/v1/keys")
final class ApiKeyController {
  private final ApiKeyService keys;
  private final JsonBody bodies;

  ApiKeyController(ApiKeyService keys, JsonBody bodies) {
    this.keys = keys;
    this.bodies = bodies;
  }

  @PostMapping
  ResponseEntity<KeyMessages.Key> create(HttpServletRequest request) throws IOException {
    ApiKeyService.Wanted wanted = bodies.read(request, KeyMessages.Wanted.class).wanted();
    ApiKeyService.Made made = keys.create(wanted, Caller.of(request));
    return ResponseEntity.created(RequestPath.address(request, "v1", "keys", made.key().id()))
        .cacheControl(CacheControl.noStore())
        .body(KeyMessages.Key.of(made));
  }

  @GetMapping
  Page<KeyMessages.Key> list(
      @RequestParam(defaultValue = "") String after,
      @RequestParam(defaultValue = Page.SIZE) @Range(min = 1, max = Page.LARGEST) int limit) {
    return Page.of(keys.list(after, limit + 1), limit, KeyMessages.Key::of, ApiKey::id);
  }

  @GetMapping("/{id}")
  KeyMessages.Key get(@PathVariable String id) {
    return KeyMessages.Key.of(keys.get(id));
  }

  @DeleteMapping("/{id}")
  ResponseEntity<Void> revoke(@PathVariable String id, HttpServletRequest request) {
    keys.revoke(id, Caller.of(request));
    return ResponseEntity.noContent().build();
  }
}
