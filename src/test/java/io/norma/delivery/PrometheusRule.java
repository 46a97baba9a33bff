package io.norma.delivery;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;
import java.util.Map;

/**
 * The Prometheus operator's {@code PrometheusRule}, as far as the chart uses it. Source: the
 * operator's API reference, monitoring.coreos.com/v1.
 */
record PrometheusRule(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {
  record Spec(List<Group> groups) {}

  record Group(String name, List<Rule> rules) {}

  record Rule(
      String alert,
      String expr,
      @JsonProperty("for") String duration,
      Map<String, String> labels,
      Map<String, String> annotations) {}
}
