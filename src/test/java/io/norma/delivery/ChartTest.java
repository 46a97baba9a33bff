package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.LintResult;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.yaml.snakeyaml.Yaml;

class ChartTest {
  static final String POSTGRESQL =
      "database: {kind: postgresql, url: 'jdbc:postgresql://db:5432/norma', username: norma}\n";
  private static final String SHARED_SECRET =
      "database: {kind: postgresql, url: 'jdbc:postgresql://db/norma', existingSecret: db}\n";

  /** Values that turn every part of the chart on and off. */
  static final List<String> MATRIX =
      List.of(
          "{}",
          POSTGRESQL,
          SHARED_SECRET,
          "persistence: {enabled: false}",
          "persistence: {storageClass: fast, size: 10Gi, accessModes: [ReadWriteOncePod]}",
          "workload: {enabled: false}\nkserve: {enabled: true, example: {enabled: true}}",
          "kserve: {enabled: true}\njavaOptions: -Xlog:gc",
          "models: {bundled: false, volume: {persistentVolumeClaim: {claimName: models}}}",
          "configuration: {norma: {compute: {threads: 2}}}\n"
              + "environment: [{name: A, value: b}]\njavaOptions: -Xss1m",
          "ingress: {enabled: true, className: nginx, hosts: [norma.example.org],"
              + " annotations: {a: b}, tls: [{secretName: tls, hosts: [norma.example.org]}]}",
          "ingress: {enabled: true, hosts: [a.example.org, b.example.org]}",
          POSTGRESQL + "workload: {replicas: 3}",
          POSTGRESQL + "autoscaling: {enabled: true, maxReplicas: 20}",
          POSTGRESQL + "autoscaling: {keda: {enabled: true, requestsInFlight: 4}}",
          POSTGRESQL + "podDisruptionBudget: {maxUnavailable: 50%}",
          "podDisruptionBudget: {enabled: false}\ndrainSeconds: 0",
          "networkPolicy: {enabled: false}",
          "security: {mode: open}",
          "security: {adminKey: 0123456789abcdef0123456789abcdef}",
          "security: {existingSecret: norma-keys}",
          "persistence: {existingClaim: models}",
          "gateway: {enabled: true, parentRefs: [{name: public, namespace: gateways}],"
              + " hostnames: [norma.example.org], annotations: {a: b}}",
          "gateway: {enabled: true, parentRefs: [{name: public}]}",
          """
          extraVolumes: [{name: tls, secret: {secretName: tls}}]
          extraVolumeMounts: [{name: tls, mountPath: /tls, readOnly: true}]
          initContainers: [{name: before, image: busybox}]
          extraContainers: [{name: beside, image: busybox}]
          environmentFrom: [{secretRef: {name: more}}]
          """,
          POSTGRESQL
              + "networkPolicy: {ingressFrom: [{namespaceSelector: {}}],"
              + " managementFrom: [{podSelector: {matchLabels: {app: prometheus}}}],"
              + " databaseTo: [{ipBlock: {cidr: 10.0.0.0/8}}],"
              + " extraEgress: [{ports: [{port: 4318}]}]}",
          "http2: true\ntracing: {endpoint: 'http://collector:4318/v1/traces', probability: 1}\n"
              + "logging: {format: ecs}",
          "serviceAccount: {name: reader, annotations: {a: b}}",
          "serviceAccount: {create: false}",
          "monitoring: {serviceMonitor: {enabled: true, labels: {release: prometheus}},"
              + " rules: {enabled: true, labels: {release: prometheus}},"
              + " dashboard: {enabled: true}}",
          "image: {repository: 'registry.example.org/norma', digest: 'sha256:"
              + "0".repeat(64)
              + "', pullSecrets: [{name: pull}]}",
          "fullnameOverride: reader\npodAnnotations: {a: b}\npodLabels: {c: d}\n"
              + "nodeSelector: {e: f}\ntolerations: [{key: g, operator: Exists}]\n"
              + "affinity: {nodeAffinity: {}}\npriorityClassName: high\n"
              + "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone,"
              + " whenUnsatisfiable: DoNotSchedule}]",
          "service: {type: LoadBalancer, port: 8080, annotations: {a: b}}",
          "resources: {requests: {cpu: 2, memory: 1Gi}, limits: {cpu: 4, memory: 2Gi}}");

  @Test
  void passesHelmsStrictLint() {
    LintResult result = Chart.HELM.lint().strict().call();
    assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
  }

  @ParameterizedTest
  @FieldSource("MATRIX")
  void rendersManifestsThatKubernetesTakes(String values) {
    assertThat(Chart.render(values)).isNotEmpty().allSatisfy(KubernetesSchema::read);
  }

  @ParameterizedTest
  @FieldSource("MATRIX")
  void namesEveryManifestOnce(String values) {
    assertThat(Chart.render(values))
        .map(manifest -> manifest.kind() + " " + manifest.name())
        .doesNotHaveDuplicates();
  }

  @Test
  void theSchemaSeesUnknownFieldsWrongTypesAndMissingFields() {
    String yaml =
        Chart.render(POSTGRESQL).stream()
            .filter(manifest -> manifest.kind().equals("apps/v1/Deployment"))
            .findFirst()
            .orElseThrow()
            .yaml();
    assertThat(read(yaml)).isInstanceOf(Deployment.class);
    assertThatThrownBy(() -> read(yaml.replace("replicas:", "replica:")))
        .hasMessageContaining("replica");
    assertThatThrownBy(() -> read(yaml.replace("containerPort: 8080", "containerPort: eighty")))
        .hasMessageContaining("containerPort");
    assertThatThrownBy(() -> read(yaml.replace("  selector:", "  selektor:")))
        .hasMessageContaining("selektor");
    assertThatThrownBy(() -> read(yaml.replace("image:", "picture:")))
        .hasMessageContaining("picture");
    assertThatThrownBy(() -> read(yaml.replaceFirst("- name: norma\n *image:", "- image:")))
        .hasMessageContaining("name");
  }

  @Test
  void runsOneStatefulPodOnH2AndReplicasOnPostgresql() {
    assertThat(Chart.only("{}", StatefulSet.class).getSpec())
        .satisfies(spec -> {
          assertThat(spec.getReplicas()).isEqualTo(1);
          assertThat(spec.getVolumeClaimTemplates()).hasSize(1);
        });
    assertThat(
            Chart.only(POSTGRESQL + "workload: {replicas: 3}", Deployment.class)
                .getSpec()
                .getReplicas())
        .isEqualTo(3);
  }

  @Test
  void leavesTheNumberOfPodsToTheAutoscaler() {
    String values = POSTGRESQL + "autoscaling: {enabled: true}";
    assertThat(Chart.only(values, Deployment.class).getSpec().getReplicas()).isNull();
  }

  @Test
  void runsAsAnOrdinaryUserWithAReadOnlyRoot() {
    PodSpec service = Chart.only("{}", StatefulSet.class).getSpec().getTemplate().getSpec();
    PodSpec test = Chart.only("{}", Pod.class).getSpec();
    for (PodSpec pod : List.of(service, test)) {
      assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
      assertThat(pod.getSecurityContext().getSeccompProfile().getType())
          .isEqualTo("RuntimeDefault");
      assertThat(pod.getAutomountServiceAccountToken()).isFalse();
      assertThat(pod.getContainers()).allSatisfy(ChartTest::locked);
    }
    Container kserve =
        Chart.only("kserve: {enabled: true}", ClusterServingRuntime.class)
            .spec()
            .containers()
            .getFirst();
    locked(kserve);
  }

  private static void locked(Container container) {
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
  }

  @Test
  void putsSettingsOverItsOwnIntoTheConfiguration() {
    String values =
        "models: {volume: {emptyDir: {}}}\n"
            + "configuration: {norma: {models: {bundled: false}, compute: {threads: 2}}}";
    assertThat(settings(values))
        .isEqualTo(
            Map.of(
                "norma",
                Map.of(
                    "data-directory", "/data",
                    "models", Map.of("bundled", false, "directory", "/models"),
                    "shutdown", Map.of("delay", "5s"),
                    "compute", Map.of("threads", 2)),
                "management",
                Map.of("server", Map.of("port", 8081))));
  }

  @Test
  void putsItsValuesForHttpTracesAndLogsIntoTheConfiguration() {
    String values =
        "http2: true\nlogging: {format: ecs}\ntracing: {endpoint: 'http://c:4318/v1/traces'}";
    String endpoint = "http://c:4318/v1/traces";
    assertThat(settings(values))
        .containsEntry("server", Map.of("http2", Map.of("enabled", true)))
        .containsEntry("logging", Map.of("structured", Map.of("format", Map.of("console", "ecs"))))
        .containsEntry(
            "management",
            Map.of(
                "server",
                Map.of("port", 8081),
                "opentelemetry",
                Map.of("tracing", Map.of("export", Map.of("otlp", Map.of("endpoint", endpoint)))),
                "tracing",
                Map.of("sampling", Map.of("probability", 0.1))));
  }

  @Test
  void needsAKeyUnlessToldOtherwise() {
    Secret secret = Chart.only("{}", Secret.class);
    byte[] key = Base64.getDecoder().decode(secret.getData().get("admin-key"));
    assertThat(key).hasSizeGreaterThanOrEqualTo(32);
    assertThat(environment("{}"))
        .containsEntry("NORMA_SECURITY_MODE", "authenticated")
        .containsEntry("NORMA_SECURITY_ADMINKEY", secret.getMetadata().getName());
    assertThat(environment("security: {existingSecret: mine}"))
        .containsEntry("NORMA_SECURITY_ADMINKEY", "mine");
    assertThat(environment("security: {mode: open}"))
        .containsEntry("NORMA_SECURITY_MODE", "open")
        .doesNotContainKey("NORMA_SECURITY_ADMINKEY");
    assertThat(Chart.render("security: {mode: open}"))
        .noneMatch(manifest -> manifest.kind().equals("v1/Secret"));
  }

  /** Variables by name, each with its value or the secret that it comes from. */
  private static Map<String, String> environment(String values) {
    return Chart.only(values, StatefulSet.class)
        .getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .getFirst()
        .getEnv()
        .stream()
        .collect(
            Collectors.toMap(
                EnvVar::getName,
                variable ->
                    variable.getValue() != null
                        ? variable.getValue()
                        : variable.getValueFrom().getSecretKeyRef().getName()));
  }

  @Test
  void letsNobodyInButToItsTwoPorts() {
    NetworkPolicy policy = Chart.only("{}", NetworkPolicy.class);
    assertThat(policy.getSpec().getIngress())
        .extracting(rule -> rule.getPorts().getFirst().getPort().getStrVal())
        .containsExactly("http", "management");
    // Metrics are for the cluster: an empty selector is all its pods, none would be everyone.
    assertThat(policy.getSpec().getIngress().getLast().getFrom()).hasSize(1);
    assertThat(policy.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress");
  }

  private static Map<String, Object> settings(String values) {
    ConfigMap map =
        Chart.render(values).stream()
            .map(KubernetesSchema::read)
            .filter(ConfigMap.class::isInstance)
            .map(ConfigMap.class::cast)
            .filter(m -> m.getData().containsKey("application.yaml"))
            .findFirst()
            .orElseThrow();
    return new Yaml().load(map.getData().get("application.yaml"));
  }

  @Test
  void startsPodsAnewWhenTheConfigurationChanges() {
    assertThat(checksum("configuration: {norma: {compute: {threads: 1}}}"))
        .isNotEqualTo(checksum("configuration: {norma: {compute: {threads: 2}}}"));
  }

  private static Map<String, String> checksum(String values) {
    return Chart.only(values, StatefulSet.class)
        .getSpec()
        .getTemplate()
        .getMetadata()
        .getAnnotations();
  }

  @Test
  void asksInItsTestForTheExamplesDigit() throws IOException {
    assertThat(Chart.DIRECTORY.resolve("files/seven.json"))
        .hasSameTextualContentAs(Path.of("examples/digits/seven.json"));
    assertThat(Files.readString(Chart.DIRECTORY.resolve("templates/NOTES.txt")))
        .contains("files/seven.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          workload: {replicas: three}             | /workload/replicas
          workload: {replica: 3}                  | replica
          database: {kind: oracle}                | /database/kind
          persistence: {size: big}                | /persistence/size
          service: {port: 70000}                  | /service/port
          image: {pullPolicy: Sometimes}          | /image/pullPolicy
          ingress: {hosts: ['http://a']}          | /ingress/hosts/0
          monitoring: {rules: {errorShare: 2}}    | /monitoring/rules/errorShare
          monitoring: {rules: {driftNats: 0}}     | /monitoring/rules/driftNats
          monitoring: {rules: {driftSamples: 0}}  | /monitoring/rules/driftSamples
          resources: {limits: {memory: much}}     | /resources/limits/memory
          workload: {replicas: 2}                 | workload.replicas is 2, but an H2 database
          autoscaling: {enabled: true}            | autoscaling needs a database
          database: {kind: postgresql}            | database.url is empty
          ingress: {enabled: true}                | ingress.hosts is empty
          gateway: {enabled: true}                | gateway.parentRefs is empty
          security: {mode: local}                 | /security/mode
          security: {adminKey: short}             | /security/adminKey
          drainSeconds: 60                        | leaves no time after drainSeconds
          """)
  void refusesWrongValuesAndNamesThem(String values, String named) {
    assertThatThrownBy(() -> Chart.render(values)).hasMessageContaining(named);
  }

  @Test
  void refusesTwoAutoscalersAndAnInvertedRange() {
    assertThatThrownBy(
            () -> Chart.render(POSTGRESQL + "autoscaling: {enabled: true, keda: {enabled: true}}"))
        .hasMessageContaining("choose one");
    assertThatThrownBy(
            () -> Chart.render(POSTGRESQL + "autoscaling: {enabled: true, minReplicas: 9}"))
        .hasMessageContaining("autoscaling.minReplicas is 9");
  }

  private static Object read(String yaml) {
    return KubernetesSchema.read(Manifest.parse(yaml));
  }
}
