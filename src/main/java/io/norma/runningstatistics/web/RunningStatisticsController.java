package io.norma.runningstatistics.web;

import io.norma.admission.Imports;
import io.norma.http.BodyLimit;
import io.norma.http.Caller;
import io.norma.http.Page;
import io.norma.http.RequestPath;
import io.norma.http.codec.Words;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.RevisionMetadata;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.RunningStatisticsService;
import io.norma.runningstatistics.RunningStatisticsService.Loaded;
import io.norma.runningstatistics.RunningStatisticsService.Revision;
import io.norma.runningstatistics.StatisticsDocument;
import io.norma.serving.ModelName;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Statistics sets and their revisions. */
@RestController
@RequestMapping({
  "/v1/models/{model}/running-statistics",
  "/v1/models/{model}/versions/{version}/running-statistics"
})
final class RunningStatisticsController {
  /** Larger than any that could be asked for. */
  private static final String NO_REVISION = "2147483647";

  private final RunningStatisticsService service;
  private final BodyLimit limit;
  private final Imports imports;

  RunningStatisticsController(
      RunningStatisticsService service,
      @Qualifier("exportedStatistics") BodyLimit limit,
      Imports imports) {
    this.service = service;
    this.limit = limit;
    this.imports = imports;
  }

  static @Nullable Long number(@Nullable String version) {
    return version == null ? null : (Long) ModelName.requireVersion(version);
  }

  @PutMapping("/{set}")
  ResponseEntity<StatisticsMessages.Revision> load(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @PathVariable String set,
      @RequestParam(required = false) @Nullable String source,
      @RequestParam(name = "sample_count", required = false) @Range @Nullable Long sampleCount,
      @RequestParam(name = "variance_convention", required = false)
          @Nullable VarianceConvention convention,
      @RequestParam(required = false) @Nullable String base,
      HttpServletRequest request)
      throws IOException {
    StatisticsDocument document =
        StatisticsBody.read(
            request,
            new StatisticsBody.Description(source, sampleCount, convention, base),
            limit,
            imports);
    List<String> ignored = document.ignored();
    Loaded loaded =
        service.load(
            model,
            number(version),
            set,
            document,
            Caller.of(request),
            Revalidation.expectedNewest(request, set));
    RevisionMetadata added = loaded.metadata();
    String revision = Integer.toString(added.name().revision());
    URI location =
        version == null
            ? RequestPath.address(
                request, "v1", "models", model, "running-statistics", set, "revisions", revision)
            : RequestPath.address(
                request,
                "v1",
                "models",
                model,
                "versions",
                version,
                "running-statistics",
                set,
                "revisions",
                revision);
    return ResponseEntity.created(location)
        .eTag(Revalidation.tag(added, false))
        .body(StatisticsMessages.Revision.of(loaded, ignored));
  }

  @GetMapping
  Page<StatisticsMessages.SetEntry> sets(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @RequestParam(defaultValue = "") String after,
      @RequestParam(defaultValue = Page.SIZE) @Range(min = 1, max = Page.LARGEST) int limit) {
    return Page.of(
        service.sets(model, number(version), after, limit + 1),
        limit,
        summary ->
            new StatisticsMessages.SetEntry(
                summary.newest().name().set(),
                summary.revisions(),
                StatisticsMessages.Revision.of(summary.newest())),
        summary -> summary.newest().name().set());
  }

  @GetMapping("/{set}")
  ResponseEntity<?> newest(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @PathVariable String set,
      HttpServletRequest request) {
    requireSet(set);
    return answer(model, version, set, request);
  }

  @GetMapping("/{set}/revisions/{revision}")
  ResponseEntity<?> revision(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @PathVariable String set,
      @PathVariable String revision,
      HttpServletRequest request) {
    return answer(model, version, name(set, revision).toString(), request);
  }

  private ResponseEntity<?> answer(
      String model, @Nullable String version, String name, HttpServletRequest request) {
    boolean safetensors = StatisticsBody.wantsSafetensors(request);
    RevisionMetadata metadata = service.metadata(model, number(version), name);
    String tag = Revalidation.tag(metadata, safetensors);
    if (Revalidation.isFresh(request, tag)) {
      return ResponseEntity.status(304).eTag(tag).header("Vary", "Accept").build();
    }
    Revision revision = service.get(model, number(version), metadata.name().toString());
    ResponseEntity.BodyBuilder answer = ResponseEntity.ok().eTag(tag).header("Vary", "Accept");
    if (safetensors) {
      return answer
          .header("Content-Type", StatisticsBody.SAFETENSORS)
          .body(Safetensors.write(revision.statistics(), metadata(metadata)));
    }
    return answer.body(StatisticsMessages.Revision.of(metadata, revision.statistics()));
  }

  private static Map<String, String> metadata(RevisionMetadata metadata) {
    return Map.of(
        "revision",
        metadata.name().toString(),
        "sha256",
        metadata.sha256(),
        "variance_convention",
        Words.of(metadata.varianceConvention()));
  }

  @GetMapping("/{set}/revisions")
  Page<StatisticsMessages.Revision> revisions(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @PathVariable String set,
      @RequestParam(defaultValue = NO_REVISION) @Range(min = 1, max = Integer.MAX_VALUE) int before,
      @RequestParam(defaultValue = Page.SIZE) @Range(min = 1, max = Page.LARGEST) int limit) {
    return Page.of(
        service.revisions(model, number(version), set, before, limit + 1),
        limit,
        StatisticsMessages.Revision::of,
        revision -> Integer.toString(revision.name().revision()));
  }

  @DeleteMapping("/{set}")
  ResponseEntity<Void> delete(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @PathVariable String set) {
    service.delete(model, number(version), set);
    return ResponseEntity.noContent().build();
  }

  @DeleteMapping("/{set}/revisions/{revision}")
  ResponseEntity<Void> delete(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @PathVariable String set,
      @PathVariable String revision) {
    service.delete(model, number(version), name(set, revision));
    return ResponseEntity.noContent().build();
  }

  private static void requireSet(String set) {
    name(set, "1");
  }

  private static RevisionName name(String set, String revision) {
    try {
      return RevisionName.parse(RevisionName.requireSet(set) + "@" + revision);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid(String.valueOf(e.getMessage()), e);
    }
  }
}
