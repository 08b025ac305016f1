{{/* Stops with everything that is wrong with the values, one fault a line, each with the way out. */}}
{{- define "pipegauge.validate" -}}
{{- $faults := concat
  (include "pipegauge.imageFaults" . | fromYamlArray)
  (include "pipegauge.databaseFaults" . | fromYamlArray)
  (include "pipegauge.sourceFaults" . | fromYamlArray)
  (include "pipegauge.tokenFaults" . | fromYamlArray)
  (include "pipegauge.networkFaults" . | fromYamlArray)
  (include "pipegauge.pageFaults" . | fromYamlArray)
  (include "pipegauge.ruleFaults" . | fromYamlArray)
-}}
{{- if $faults -}}
{{- fail (printf "\n\npipegauge: %d of the values cannot stand:\n  - %s\n" (len $faults) (join "\n  - " $faults)) -}}
{{- end -}}
{{- end -}}

{{- define "pipegauge.imageFaults" -}}
{{- $faults := list -}}
{{- if not .Values.image.repository -}}
  {{- $faults = append $faults (printf "image.repository is empty, and no image is published: build one with docker build -t registry.example.com/pipegauge:%s ., push it, and set image.repository=registry.example.com/pipegauge" .Chart.AppVersion) -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}

{{- define "pipegauge.pageFaults" -}}
{{- $faults := list -}}
{{- $page := .Values.page -}}
{{- $token := or .Values.apiToken.value .Values.apiToken.existingSecret.name -}}
{{- range $way := list "ingress" "httpRoute" -}}
  {{- if and (index $page $way).enabled (not $token) -}}
    {{- $faults = append $faults (printf "page.%s.enabled is true, but there is no token for the page, which would refuse everyone, or with config.allowUnauthenticated accept everyone: set apiToken.existingSecret.name, or apiToken.value" $way) -}}
  {{- end -}}
{{- end -}}
{{- if and $page.ingress.enabled (not $page.ingress.hosts) -}}
  {{- $faults = append $faults "page.ingress.enabled is true, but it has no host name: set page.ingress.hosts={pipegauge.example.com}" -}}
{{- end -}}
{{- if and $page.httpRoute.enabled (not $page.httpRoute.parentRefs) -}}
  {{- $faults = append $faults "page.httpRoute.enabled is true, but it hangs on no gateway: set page.httpRoute.parentRefs[0].name" -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}

{{- define "pipegauge.ruleFaults" -}}
{{- $faults := list -}}
{{- $values := .Values.prometheusRule -}}
{{- if or $values.disabled $values.overrides -}}
  {{- $names := include "pipegauge.alertNames" . | fromYamlArray -}}
  {{- range $list := list "disabled" "overrides" -}}
    {{- range $name, $_ := index $values $list -}}
      {{- if not (has $name $names) -}}
        {{- $faults = append $faults (printf "prometheusRule.%s.%s names no alert of this chart: there are %s" $list $name (join ", " $names)) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}

{{- define "pipegauge.databaseFaults" -}}
{{- $faults := list -}}
{{- $database := .Values.database -}}
{{- if eq $database.type "sqlite" -}}
  {{- if gt (int .Values.replicaCount) 1 -}}
    {{- $faults = append $faults (printf "replicaCount is %d, but SQLite has one writer: set database.type=postgres and database.url, or replicaCount=1" (int .Values.replicaCount)) -}}
  {{- end -}}
  {{- if .Values.autoscaling.enabled -}}
    {{- $faults = append $faults "autoscaling.enabled is true, but SQLite has one writer: set database.type=postgres and database.url, or autoscaling.enabled=false" -}}
  {{- end -}}
  {{- if or $database.url $database.existingSecret.name $database.ca.existingSecret -}}
    {{- $faults = append $faults "database.url, database.existingSecret or database.ca is given, but database.type is sqlite, which would not use it: set database.type=postgres" -}}
  {{- end -}}
{{- else -}}
  {{- if and $database.url $database.existingSecret.name -}}
    {{- $faults = append $faults "database.url and database.existingSecret.name are both given: remove one of them" -}}
  {{- else if not (or $database.url $database.existingSecret.name) -}}
    {{- $faults = append $faults "database.type is postgres, but no URL is given: set database.existingSecret.name, or database.url=postgres://user:password@host:5432/database" -}}
  {{- end -}}
  {{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) -}}
    {{- $faults = append $faults "autoscaling.minReplicas is greater than autoscaling.maxReplicas: raise the one or lower the other" -}}
  {{- end -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}

{{- define "pipegauge.sourceFaults" -}}
{{- $faults := list -}}
{{- $providers := include "pipegauge.providers" . | splitList " " -}}
{{- $guarded := false -}}
{{- range $name, $source := .Values.sources -}}
  {{- $existing := default dict $source.existingSecret -}}
  {{- $provider := default $name $source.provider -}}
  {{- if not (has $provider $providers) -}}
    {{- $faults = append $faults (printf "sources.%s is named like no provider: set sources.%s.provider to one of %s" $name $name (join ", " $providers)) -}}
  {{- else if and (has $name $providers) (ne $name $provider) -}}
    {{- $faults = append $faults (printf "sources.%s has the provider %s: a provider's name is kept for its own source, so give this one another name" $name $provider) -}}
  {{- end -}}
  {{- if and $source.secret $existing.name -}}
    {{- $faults = append $faults (printf "sources.%s has a secret and an existingSecret: remove one of them" $name) -}}
  {{- else if or $source.secret $existing.name -}}
    {{- $guarded = true -}}
  {{- else if not $.Values.config.allowUnauthenticated -}}
    {{- $faults = append $faults (printf "sources.%s has no secret, so it would refuse every delivery from outside its pod: set sources.%s.existingSecret.name or sources.%s.secret" $name $name $name) -}}
  {{- end -}}
{{- end -}}
{{- if not (or .Values.sources .Values.config.allowUnauthenticated) -}}
  {{- $faults = append $faults "no source has a secret, so all deliveries would be refused: set sources.gitlab.secret (or that of tekton, jenkins, github), or sources.gitlab.existingSecret.name, or config.allowUnauthenticated=true to accept deliveries from anyone" -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}

{{- define "pipegauge.tokenFaults" -}}
{{- $faults := list -}}
{{- range $name := list "metricsToken" "apiToken" "legacyKey" -}}
  {{- $token := index $.Values $name -}}
  {{- if and $token.value $token.existingSecret.name -}}
    {{- $faults = append $faults (printf "%s.value and %s.existingSecret.name are both given: remove one of them" $name $name) -}}
  {{- end -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}

{{- define "pipegauge.networkFaults" -}}
{{- $faults := list -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
  {{- $faults = append $faults "ingress.enabled is true, but it has no host name: set ingress.hosts={pipegauge.example.com}" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
  {{- $faults = append $faults "httpRoute.enabled is true, but it hangs on no gateway: set httpRoute.parentRefs[0].name" -}}
{{- end -}}
{{- $metrics := or .Values.metricsToken.value .Values.metricsToken.existingSecret.name -}}
{{- $api := or .Values.apiToken.value .Values.apiToken.existingSecret.name -}}
{{- if and (ne .Values.service.type "ClusterIP") (not .Values.service.exposeEverything) (not (and $metrics $api)) -}}
  {{- $faults = append $faults (printf "service.type %s exposes /metrics and the page besides the webhooks: give metricsToken and apiToken, or use ingress or httpRoute, or say service.exposeEverything=true" .Values.service.type) -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end -}}
