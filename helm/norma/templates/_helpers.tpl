{{- define "norma.name" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "norma.selector" -}}
app.kubernetes.io/name: norma
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "norma.labels" -}}
{{ include "norma.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "norma.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "norma.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "norma.name" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{- define "norma.databaseSecret" -}}
{{ default (printf "%s-database" (include "norma.name" .)) .Values.database.existingSecret }}
{{- end -}}

{{- define "norma.keySecret" -}}
{{ default (printf "%s-key" (include "norma.name" .)) .Values.security.existingSecret }}
{{- end -}}

{{/* What may run as several pods: only a shared database makes them one service. */}}
{{- define "norma.checks" -}}
{{- $scaled := or .Values.autoscaling.enabled .Values.autoscaling.keda.enabled -}}
{{- if eq .Values.database.kind "h2" -}}
{{- if gt (int .Values.workload.replicas) 1 -}}
{{- fail (printf "workload.replicas is %d, but an H2 database belongs to one pod: set database.kind=postgresql and database.url" (int .Values.workload.replicas)) -}}
{{- end -}}
{{- if $scaled -}}
{{- fail "autoscaling needs a database that the pods share: set database.kind=postgresql and database.url" -}}
{{- end -}}
{{- else -}}
{{- if not .Values.database.url -}}
{{- fail "database.kind is postgresql, but database.url is empty: give it as jdbc:postgresql://host:5432/norma" -}}
{{- end -}}
{{- if not (or .Values.database.existingSecret .Values.database.username) -}}
{{- fail "database.kind is postgresql, but neither database.existingSecret nor database.username is given" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled .Values.autoscaling.keda.enabled -}}
{{- fail "autoscaling.enabled and autoscaling.keda.enabled would scale the same pods: choose one" -}}
{{- end -}}
{{- if and $scaled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) -}}
{{- fail (printf "autoscaling.minReplicas is %d, above autoscaling.maxReplicas, which is %d" (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) -}}
{{- fail "gateway.enabled is true, but gateway.parentRefs is empty: give it as [{name: …}]" -}}
{{- end -}}
{{- if le (int .Values.terminationGracePeriodSeconds) (int .Values.drainSeconds) -}}
{{- fail (printf "terminationGracePeriodSeconds is %d, which leaves no time after drainSeconds, which is %d" (int .Values.terminationGracePeriodSeconds) (int .Values.drainSeconds)) -}}
{{- end -}}
{{- end -}}

{{- define "norma.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "norma.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "norma.probe" -}}
httpGet:
  path: /v2/health/{{ .state }}
  port: http
periodSeconds: {{ .probe.periodSeconds }}
failureThreshold: {{ .probe.failureThreshold }}
timeoutSeconds: 3
{{- end -}}

{{/* The pod of the deployment and of the stateful set alike. */}}
{{- define "norma.pod" -}}
metadata:
  labels:
    {{- include "norma.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/configuration: {{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}
    {{- if and (eq .Values.database.kind "postgresql") (not .Values.database.existingSecret) }}
    checksum/database: {{ include (print $.Template.BasePath "/secret.yaml") . | sha256sum }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "norma.serviceAccount" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- include "norma.podSecurity" . | nindent 4 }}
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: norma
      image: {{ include "norma.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      securityContext:
        {{- include "norma.containerSecurity" . | nindent 8 }}
      ports:
        - name: http
          containerPort: 8080
        - name: management
          containerPort: 8081
      env:
        - name: SPRING_CONFIG_ADDITIONAL_LOCATION
          value: file:/etc/norma/
        - name: NORMA_SECURITY_MODE
          value: {{ .Values.security.mode }}
        {{- if eq .Values.security.mode "authenticated" }}
        - name: NORMA_SECURITY_ADMINKEY
          valueFrom:
            secretKeyRef:
              name: {{ include "norma.keySecret" . }}
              key: admin-key
        {{- end }}
        {{- if eq .Values.database.kind "postgresql" }}
        - name: SPRING_DATASOURCE_USERNAME
          valueFrom:
            secretKeyRef:
              name: {{ include "norma.databaseSecret" . }}
              key: username
        - name: SPRING_DATASOURCE_PASSWORD
          valueFrom:
            secretKeyRef:
              name: {{ include "norma.databaseSecret" . }}
              key: password
        {{- end }}
        {{- with .Values.javaOptions }}
        - name: JAVA_TOOL_OPTIONS
          value: {{ . | quote }}
        {{- end }}
        {{- with .Values.environment }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.environmentFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      startupProbe:
        {{- include "norma.probe" (dict "state" "live" "probe" .Values.probes.startup) | nindent 8 }}
      livenessProbe:
        {{- include "norma.probe" (dict "state" "live" "probe" .Values.probes.liveness) | nindent 8 }}
      readinessProbe:
        {{- include "norma.probe" (dict "state" "ready" "probe" .Values.probes.readiness) | nindent 8 }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - name: configuration
          mountPath: /etc/norma
          readOnly: true
        - name: data
          mountPath: /data
        - name: tmp
          mountPath: /tmp
        {{- if .Values.models.volume }}
        - name: models
          mountPath: /models
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    - name: configuration
      configMap:
        name: {{ include "norma.name" . }}
    - name: tmp
      emptyDir: {}
    {{- if not (and (eq .Values.database.kind "h2") .Values.persistence.enabled) }}
    - name: data
      emptyDir: {}
    {{- else if .Values.persistence.existingClaim }}
    - name: data
      persistentVolumeClaim:
        claimName: {{ .Values.persistence.existingClaim }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- with .Values.models.volume }}
    - name: models
      {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- if .Values.topologySpreadConstraints }}
    {{- toYaml .Values.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "norma.selector" . | nindent 10 }}
    {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
{{- end -}}
