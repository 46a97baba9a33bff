package io.norma.delivery;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;

/**
 * The Prometheus operator's {@code ServiceMonitor}, as far as the chart uses it. Source: the
 * operator's API reference, monitoring.coreos.com/v1.
 */
record ServiceMonitor(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {
  record Spec(LabelSelector selector, List<Endpoint> endpoints) {}

  record Endpoint(String targetPort, String path, String interval) {}
}
