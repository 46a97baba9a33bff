package io.norma.security.web;

import static io.norma.security.Scope.ACTIVATE;
import static io.norma.security.Scope.ADMIN;
import static io.norma.security.Scope.CALIBRATE;
import static io.norma.security.Scope.INFER;

import io.norma.security.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * The table of what each operation needs; what is not in it, nobody gets. Routes are found as
 * Spring MVC finds them, the most specific first, so that none is another one there.
 */
final class RouteScopes {
  /** Any scope: each includes reading. */
  private static final Set<Scope> READ = EnumSet.allOf(Scope.class);

  private static final Set<Scope> NOTHING = Set.of();
  private static final String V2_MODEL = "/v2/models/{model}";
  private static final String V2_VERSION = V2_MODEL + "/versions/{version}";
  private static final String MODEL = "/v1/models/{model}";
  private static final String VERSION = MODEL + "/versions/{version}";

  private final List<Rule> rules = new ArrayList<>();

  /**
   * What an operation needs.
   *
   * @param method {@code *} for any
   * @param anyOf scopes of which one is enough; none where nobody is asked
   */
  private record Rule(String method, PathPattern path, Set<Scope> anyOf) {
    boolean isFor(String asked) {
      return method.equals(asked)
          || method.equals("*")
          || (method.equals("GET") && asked.equals("HEAD"));
    }
  }

  /** What was found for a request. */
  sealed interface Need {}

  /** Nobody is asked who they are. */
  record Open() implements Need {}

  /**
   * One of these scopes.
   *
   * @param model that it is about, or {@code null}
   */
  record OneOf(Set<Scope> scopes, @Nullable String model) implements Need {}

  /** There is no such operation. */
  record Nowhere() implements Need {}

  /** There is none by this method. */
  record OtherMethods(Set<String> allowed) implements Need {}

  private static final Need OPEN = new Open();
  private static final Need NOWHERE = new Nowhere();

  /**
   * The table.
   *
   * @param actuator where Actuator's endpoints are
   */
  RouteScopes(String actuator) {
    open();
    infer();
    runningStatistics(MODEL);
    runningStatistics(VERSION);
    calibrations();
    models();
    normalizations();
    administration();
    add(NOTHING, "GET", actuator + "/health/**", "/livez", "/readyz");
    add(Set.of(ADMIN), "*", actuator + "/**");
    // Inferences first, which are most of what comes; no other pattern fits them.
    rules.sort(
        Comparator.comparing((Rule rule) -> !rule.path().getPatternString().endsWith("/infer"))
            .thenComparing(Rule::path));
  }

  private void open() {
    add(NOTHING, "GET", "/v2", "/v2/", "/v2/health/live", "/v2/health/ready");
    add(NOTHING, "GET", "/openapi.yaml", "/docs", "/docs/**", "/webjars/**");
  }

  private void infer() {
    add(Set.of(INFER), "POST", V2_MODEL + "/infer", V2_VERSION + "/infer");
    // Computes what an inference did, for who may infer.
    add(Set.of(INFER), "POST", MODEL + "/replay", VERSION + "/replay");
    add(READ, "GET", V2_MODEL, V2_VERSION, V2_MODEL + "/ready", V2_VERSION + "/ready");
    add(READ, "GET", V2_MODEL + "/config", V2_VERSION + "/config");
    add(READ, "GET", V2_MODEL + "/stats", V2_VERSION + "/stats", "/v2/models/stats");
    add(READ, "POST", "/v2/repository/index");
  }

  /** Of a model, or of a version of it. */
  private void runningStatistics(String of) {
    String sets = of + "/running-statistics";
    String active = of + "/active-running-statistics";
    add(READ, "GET", sets, sets + "/{set}", sets + "/{set}/revisions");
    add(
        READ,
        "GET",
        sets + "/{set}/revisions/{revision}",
        sets + "/compare",
        of + "/drift",
        of + "/following");
    add(Set.of(CALIBRATE), "PUT", sets + "/{set}");
    add(Set.of(CALIBRATE), "DELETE", sets + "/{set}", sets + "/{set}/revisions/{revision}");
    // Computes, as an inference does; both who make sets and who choose one need to know.
    add(Set.of(CALIBRATE, ACTIVATE), "POST", sets + "/compare", of + "/diagnosis");
    add(READ, "GET", active, active + "/history");
    add(Set.of(ACTIVATE), "PUT", active);
    add(Set.of(ACTIVATE), "POST", active + "/rollback");
    add(READ, "GET", of + "/calibrations");
    // Of recalibrations that also activate is asked for where their query is read.
    add(Set.of(CALIBRATE), "POST", of + "/calibrations", of + "/recalibrations");
  }

  private void calibrations() {
    String one = MODEL + "/calibrations/{calibration}";
    add(READ, "GET", one, one + "/events", one + "/moments");
    add(Set.of(CALIBRATE), "DELETE", one);
    add(Set.of(CALIBRATE), "POST", one + "/batches", one + "/merge", one + "/certificate");
    // That it also activates is asked for where its body is read.
    add(Set.of(CALIBRATE), "POST", one + "/publish");
  }

  private void models() {
    add(READ, "GET", "/v1/models", MODEL, VERSION, VERSION + "/references");
    add(Set.of(CALIBRATE), "POST", VERSION + "/references");
    add(Set.of(CALIBRATE), "DELETE", VERSION + "/references");
    add(Set.of(ADMIN), "PUT", VERSION, VERSION + "/checkpoint");
    add(Set.of(ADMIN), "DELETE", MODEL, VERSION);
    String repository = "/v2/repository/models/{model}";
    add(Set.of(ADMIN), "POST", repository + "/load", repository + "/unload");
  }

  private void normalizations() {
    String all = "/v1/normalizations";
    add(Set.of(INFER), "POST", all + "/batch", all + "/batch/gradient", all + "/batch/stream");
    add(Set.of(INFER), "POST", all + "/{kind}", all + "/{kind}/gradient");
    String one = "/v1/normalizers/{normalizer}";
    add(READ, "GET", "/v1/normalizers", one);
    add(Set.of(CALIBRATE), "PUT", one);
    add(Set.of(CALIBRATE), "DELETE", one);
    add(Set.of(CALIBRATE), "POST", one + "/batches", one + "/merge");
    add(Set.of(INFER), "POST", one + "/apply");
  }

  private void administration() {
    add(Set.of(ADMIN), "GET", "/v1/keys", "/v1/keys/{key}");
    add(Set.of(ADMIN), "POST", "/v1/keys");
    add(Set.of(ADMIN), "DELETE", "/v1/keys/{key}");
    add(Set.of(ADMIN), "*", "/v1/audit/**", "/v1/backup/**");
  }

  private void add(Set<Scope> anyOf, String method, String... paths) {
    Arrays.stream(paths)
        .map(PathPatternParser.defaultInstance::parse)
        .forEach(path -> rules.add(new Rule(method, path, anyOf)));
  }

  /** What a request needs. */
  Need find(String method, PathContainer path) {
    Set<String> others = new TreeSet<>();
    for (Rule rule : rules) {
      PathPattern.PathMatchInfo match = rule.path().matchAndExtract(path);
      if (match == null) {
        continue;
      }
      // Which methods there are, the framework tells itself.
      if (rule.isFor(method) || method.equals("OPTIONS")) {
        return rule.anyOf().isEmpty()
            ? OPEN
            : new OneOf(rule.anyOf(), match.getUriVariables().get("model"));
      }
      others.add(rule.method());
    }
    return others.isEmpty() ? NOWHERE : new OtherMethods(others);
  }
}
