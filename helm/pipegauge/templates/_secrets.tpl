{{/* Where the files with secrets are in the container. */}}
{{- define "pipegauge.secretsFolder" -}}/etc/pipegauge/secrets{{- end -}}

{{/*
A YAML list of all files with secrets: the Secret and the key that each comes from, its path below the folder, and the
variable that names it, where it has one. Further sources of a provider have none: the configuration file names theirs.
*/}}
{{- define "pipegauge.secretFiles" -}}
{{- $full := include "pipegauge.fullname" . -}}
{{- $files := list -}}
{{- range $name, $source := .Values.sources -}}
  {{- $existing := default dict $source.existingSecret -}}
  {{- $variable := has $name (include "pipegauge.providers" $ | splitList " ") | ternary (printf "PIPEGAUGE_%s_SECRET_FILE" (upper $name)) "" -}}
  {{- $path := printf "sources/%s" $name -}}
  {{- if $existing.name -}}
    {{- $files = append $files (dict "secret" $existing.name "key" (default $name $existing.key) "path" $path "variable" $variable) -}}
  {{- else if $source.secret -}}
    {{- $files = append $files (dict "secret" (printf "%s-sources" $full) "key" $name "path" $path "variable" $variable) -}}
  {{- end -}}
{{- end -}}
{{- range $token := list
  (dict "values" .Values.metricsToken "path" "metrics-token" "variable" "PIPEGAUGE_METRICS_TOKEN_FILE")
  (dict "values" .Values.apiToken "path" "api-token" "variable" "PIPEGAUGE_API_TOKEN_FILE")
  (dict "values" .Values.legacyKey "path" "legacy-key" "variable" "PRPC_PSK_FILE")
-}}
  {{- $existing := $token.values.existingSecret -}}
  {{- if $existing.name -}}
    {{- $files = append $files (dict "secret" $existing.name "key" $existing.key "path" $token.path "variable" $token.variable) -}}
  {{- else if $token.values.value -}}
    {{- $files = append $files (dict "secret" (printf "%s-tokens" $full) "key" $token.path "path" $token.path "variable" $token.variable) -}}
  {{- end -}}
{{- end -}}
{{- if eq .Values.database.type "postgres" -}}
  {{- $existing := .Values.database.existingSecret -}}
  {{- $secret := default (printf "%s-database" $full) $existing.name -}}
  {{- $key := empty $existing.name | ternary "url" $existing.key -}}
  {{- $files = append $files (dict "secret" $secret "key" $key "path" "database-url" "variable" "PIPEGAUGE_DATABASE_URL_FILE") -}}
  {{- with .Values.database.ca -}}
  {{- if .existingSecret -}}
    {{- $files = append $files (dict "secret" .existingSecret "key" .key "path" "database-ca.crt" "variable" "PIPEGAUGE_DATABASE_CA_FILE") -}}
  {{- end -}}
  {{- end -}}
{{- end -}}
{{- toYaml $files -}}
{{- end -}}

{{- define "pipegauge.providers" -}}gitlab tekton jenkins github{{- end -}}

{{/* The Secret and the key of the token that Prometheus presents, or nothing. */}}
{{- define "pipegauge.scrapeToken" -}}
{{- $token := .Values.metricsToken -}}
{{- if $token.existingSecret.name -}}
name: {{ $token.existingSecret.name }}
key: {{ default $token.existingSecret.key $token.existingSecret.scrapeKey }}
{{- else if $token.value -}}
name: {{ include "pipegauge.fullname" . }}-tokens
key: metrics-scrape-token
{{- end -}}
{{- end -}}

{{/* A projected volume of the files in a list like that of pipegauge.secretFiles. Never a subPath: those are not updated. */}}
{{- define "pipegauge.secretsVolume" -}}
name: secrets
projected:
  # 0440, in decimal: readers of YAML disagree about the other.
  defaultMode: 288
  sources:
    {{- range . }}
    - secret:
        name: {{ .secret }}
        items:
          - key: {{ .key }}
            path: {{ .path }}
    {{- end }}
{{- end -}}
