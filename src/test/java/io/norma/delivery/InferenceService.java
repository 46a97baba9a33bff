package io.norma.delivery;

import io.fabric8.kubernetes.api.model.ObjectMeta;

/**
 * KServe's {@code InferenceService}, as far as the chart uses it. Source: KServe's API reference,
 * serving.kserve.io/v1beta1.
 */
record InferenceService(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {
  record Spec(Predictor predictor) {}

  record Predictor(Model model) {}

  record Model(String runtime, String protocolVersion, Format modelFormat, String storageUri) {}

  record Format(String name) {}
}
