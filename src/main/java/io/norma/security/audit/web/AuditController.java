package io.norma.security.audit.web;

import io.norma.http.Page;
import io.norma.http.codec.Json;
import io.norma.security.audit.AuditHistory;
import io.norma.security.audit.AuditQuery;
import io.norma.serving.AuditedAction;
import io.norma.serving.ServingException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Tells who changed what. */
@RestController
final class AuditController {
  /** ISO 8601, with an offset; clients write that with a colon and without. */
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
          .appendPattern("[XXX][XX]")
          .toFormatter(Locale.ROOT);

  private final AuditHistory history;

  AuditController(AuditHistory history) {
    this.history = history;
  }

  @GetMapping("/v1/audit")
  Page<AuditEntry> list(
      @RequestParam(required = false) @Nullable String since,
      @RequestParam(required = false) @Nullable String until,
      @RequestParam(required = false) @Nullable String principal,
      @RequestParam(required = false) @Nullable String model,
      @RequestParam(required = false) @Nullable AuditedAction action,
      @RequestParam(defaultValue = Page.NO_END) @Range(min = 1) long before,
      @RequestParam(defaultValue = Page.SIZE) @Range(min = 1, max = Page.LARGEST) int limit) {
    AuditQuery query =
        new AuditQuery(time("since", since), time("until", until), principal, model, action);
    return Page.of(
        history.list(query, before, limit + 1),
        limit,
        AuditEntry::of,
        record -> Long.toString(record.id()));
  }

  private static @Nullable Instant time(String name, @Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      return OffsetDateTime.parse(text, TIME).toInstant();
    } catch (DateTimeParseException _) {
      throw new ServingException.InvalidField(
          name,
          "query parameter '%s' must be a time as 2026-11-27T08:00:00Z (a '+' written as %%2B), but is '%s'"
              .formatted(name, Json.abbreviated(text)));
    }
  }
}
