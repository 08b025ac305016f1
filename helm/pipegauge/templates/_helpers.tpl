{{/* The chart's part of all names. */}}
{{- define "pipegauge.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What all names begin with. Cut so that the longest suffix still fits into the 63 characters of a name. */}}
{{- define "pipegauge.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "pipegauge.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- $full | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "pipegauge.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "pipegauge.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "pipegauge.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "pipegauge.image" -}}
{{- $registry := default .Values.image.registry .Values.global.imageRegistry -}}
{{- $repository := empty $registry | ternary .Values.image.repository (printf "%s/%s" $registry .Values.image.repository) -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change, for selectors. The test's pod is no server, so it has another component. */}}
{{- define "pipegauge.selector" -}}
app.kubernetes.io/name: {{ include "pipegauge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ .component | default "server" }}
{{- end -}}

{{/* Labels of an object. Call with the root, or with `component` added to it. */}}
{{- define "pipegauge.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "pipegauge.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: {{ include "pipegauge.name" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
The metadata of an object, from a dict of root, name, and where they matter component, namespace, labels and annotations.
*/}}
{{- define "pipegauge.metadata" -}}
{{- $root := .component | empty | ternary .root (merge (dict "component" .component) .root) -}}
name: {{ .name }}
namespace: {{ .namespace | default (include "pipegauge.namespace" .root) }}
labels:
  {{- include "pipegauge.labels" $root | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (default dict .annotations) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Shards of the totals: two for each pod there may be, because a pod has two transactions under way. */}}
{{- define "pipegauge.rollupShards" -}}
{{- if gt (int .Values.config.rollupShards) 0 -}}
{{- int .Values.config.rollupShards -}}
{{- else if include "pipegauge.several" . -}}
{{- min 64 (mul 2 (.Values.autoscaling.enabled | ternary .Values.autoscaling.maxReplicas .Values.replicaCount)) -}}
{{- else -}}
1
{{- end -}}
{{- end -}}

{{/* Yes, or nothing: whether several pods may run at a time. */}}
{{- define "pipegauge.several" -}}
{{- if eq .Values.database.type "postgres" -}}
{{- if .Values.autoscaling.enabled -}}
{{- if gt (int .Values.autoscaling.maxReplicas) 1 -}}yes{{- end -}}
{{- else if gt (int .Values.replicaCount) 1 -}}yes{{- end -}}
{{- end -}}
{{- end -}}
