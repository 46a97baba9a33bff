package io.norma.delivery;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.List;
import java.util.Map;

/**
 * KServe's {@code ClusterServingRuntime}, as far as the chart uses it. Source: KServe's API
 * reference, serving.kserve.io/v1alpha1.
 */
record ClusterServingRuntime(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {
  record Spec(
      Map<String, String> annotations,
      List<Format> supportedModelFormats,
      List<String> protocolVersions,
      List<Container> containers,
      List<Volume> volumes) {}

  record Format(String name, String version, boolean autoSelect, int priority) {}
}
