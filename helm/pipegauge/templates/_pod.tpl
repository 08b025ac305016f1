{{/* What the pods of the server and of the test have in common. */}}
{{- define "pipegauge.podSettings" -}}
serviceAccountName: {{ include "pipegauge.serviceAccountName" . }}
automountServiceAccountToken: false
# Otherwise a Service called "pipegauge" would fill the environment with names that look like settings.
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The server's container but for its name, from a dict of root and files. */}}
{{- define "pipegauge.container" -}}
{{- $values := .root.Values -}}
image: {{ include "pipegauge.image" .root }}
imagePullPolicy: {{ $values.image.pullPolicy }}
{{- with $values.extraArgs }}
args:
  - serve
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml $values.securityContext | nindent 2 }}
env:
  - name: PIPEGAUGE_CONFIG
    value: /etc/pipegauge/config/pipegauge.yaml
  {{- range .files }}
  {{- if .variable }}
  - name: {{ .variable }}
    value: {{ include "pipegauge.secretsFolder" $ }}/{{ .path }}
  {{- end }}
  {{- end }}
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: http
    containerPort: 8080
    protocol: TCP
  {{- with int64 $values.config.healthPort }}
  - name: health
    containerPort: {{ . }}
    protocol: TCP
  {{- end }}
{{- range $probe, $path := dict "startupProbe" "/healthz" "livenessProbe" "/healthz" "readinessProbe" "/readyz" }}
{{ $probe }}:
  httpGet:
    path: {{ $path }}
    port: {{ gt (int64 $values.config.healthPort) 0 | ternary "health" "http" }}
  {{- with index $values $probe }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- with $values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - name: config
    mountPath: /etc/pipegauge/config
    readOnly: true
  {{- if .files }}
  - name: secrets
    mountPath: {{ include "pipegauge.secretsFolder" . }}
    readOnly: true
  {{- end }}
  {{- if eq $values.database.type "sqlite" }}
  - name: data
    mountPath: /data
  {{- end }}
  - name: tmp
    mountPath: /tmp
  {{- with $values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Over zones and nodes, as well as it goes: a pod that cannot be spread is better than none. */}}
{{- define "pipegauge.spread" -}}
{{- if .Values.topologySpreadConstraints -}}
{{- toYaml .Values.topologySpreadConstraints -}}
{{- else -}}
{{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- maxSkew: 1
  topologyKey: {{ $key }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "pipegauge.selector" $ | nindent 6 }}
{{- end }}
{{- end -}}
{{- end -}}
