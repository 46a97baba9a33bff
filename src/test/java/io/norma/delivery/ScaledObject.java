package io.norma.delivery;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;
import java.util.Map;

/** KEDA's {@code ScaledObject}, as far as the chart uses it. Source: KEDA 2, "Scaling". */
record ScaledObject(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {
  record Spec(
      Target scaleTargetRef, int minReplicaCount, int maxReplicaCount, List<Trigger> triggers) {}

  record Target(String name) {}

  record Trigger(String type, String metricType, Map<String, String> metadata) {}
}
