package io.norma.delivery;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * What Kubernetes' API takes: a manifest with a field it does not know, a value of another type or
 * a required field missing is refused. The official client's models know unknown and missing
 * fields, fabric8's know the types; the kinds of operators have models of fabric8's or our own.
 */
final class KubernetesSchema {
  /** The official client's check of one kind. */
  @FunctionalInterface
  private interface FieldCheck {
    void check(JsonElement manifest) throws IOException;
  }

  private record Kind(Class<?> type, Optional<FieldCheck> fields) {
    static Kind of(Class<?> type, FieldCheck fields) {
      return new Kind(type, Optional.of(fields));
    }

    static Kind of(Class<?> type) {
      return new Kind(type, Optional.empty());
    }
  }

  private static final Map<String, Kind> KINDS =
      Map.ofEntries(
          Map.entry("v1/ConfigMap", Kind.of(ConfigMap.class, V1ConfigMap::validateJsonElement)),
          Map.entry("v1/Pod", Kind.of(Pod.class, V1Pod::validateJsonElement)),
          Map.entry("v1/Secret", Kind.of(Secret.class, V1Secret::validateJsonElement)),
          Map.entry("v1/Service", Kind.of(Service.class, V1Service::validateJsonElement)),
          Map.entry(
              "v1/ServiceAccount",
              Kind.of(ServiceAccount.class, V1ServiceAccount::validateJsonElement)),
          Map.entry(
              "apps/v1/Deployment", Kind.of(Deployment.class, V1Deployment::validateJsonElement)),
          Map.entry(
              "apps/v1/StatefulSet",
              Kind.of(StatefulSet.class, V1StatefulSet::validateJsonElement)),
          Map.entry(
              "autoscaling/v2/HorizontalPodAutoscaler",
              Kind.of(
                  HorizontalPodAutoscaler.class, V2HorizontalPodAutoscaler::validateJsonElement)),
          Map.entry(
              "networking.k8s.io/v1/Ingress",
              Kind.of(Ingress.class, V1Ingress::validateJsonElement)),
          Map.entry(
              "networking.k8s.io/v1/NetworkPolicy",
              Kind.of(NetworkPolicy.class, V1NetworkPolicy::validateJsonElement)),
          Map.entry(
              "policy/v1/PodDisruptionBudget",
              Kind.of(PodDisruptionBudget.class, V1PodDisruptionBudget::validateJsonElement)),
          Map.entry("gateway.networking.k8s.io/v1/HTTPRoute", Kind.of(HTTPRoute.class)),
          Map.entry("monitoring.coreos.com/v1/ServiceMonitor", Kind.of(ServiceMonitor.class)),
          Map.entry("monitoring.coreos.com/v1/PrometheusRule", Kind.of(PrometheusRule.class)),
          Map.entry("keda.sh/v1alpha1/ScaledObject", Kind.of(ScaledObject.class)),
          Map.entry(
              "serving.kserve.io/v1alpha1/ClusterServingRuntime",
              Kind.of(ClusterServingRuntime.class)),
          Map.entry("serving.kserve.io/v1beta1/InferenceService", Kind.of(InferenceService.class)));

  private static final ObjectMapper TYPES =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setAnnotationIntrospector(new NoCatchAll());

  // The official client's own: its models work only once it has been made.
  private static final Gson GSON = JSON.getGson();

  private KubernetesSchema() {}

  /** Reads a manifest as its kind, or throws an exception that names what does not fit. */
  static Object read(Manifest manifest) {
    Kind kind = KINDS.get(manifest.kind());
    if (kind == null) {
      throw new IllegalArgumentException("no schema for " + manifest.kind());
    }
    try {
      if (kind.fields().isPresent()) {
        kind.fields().get().check(GSON.toJsonTree(manifest.fields()));
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(manifest.kind() + ": " + e.getMessage(), e);
    }
    return TYPES.convertValue(manifest.fields(), kind.type());
  }

  /** fabric8's models catch unknown fields in a map of their own; here they shall fail. */
  private static final class NoCatchAll extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return false;
    }

    @Override
    public boolean hasIgnoreMarker(AnnotatedMember member) {
      return member.getName().equals("additionalProperties") || super.hasIgnoreMarker(member);
    }
  }
}
