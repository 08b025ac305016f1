{{/* Where senders outside the cluster reach it, without a slash at the end; nothing if they cannot. */}}
{{- define "pipegauge.publicUrl" -}}
{{- if .Values.ingress.enabled -}}
{{- $tls := list -}}
{{- range .Values.ingress.tls -}}{{- $tls = concat $tls (default list .hosts) -}}{{- end -}}
{{- $host := first .Values.ingress.hosts -}}
{{- printf "%s://%s" (has $host $tls | ternary "https" "http") $host -}}
{{- else if and .Values.httpRoute.enabled .Values.httpRoute.hostnames -}}
{{- printf "https://%s" (first .Values.httpRoute.hostnames) -}}
{{- end -}}
{{- end -}}

{{/* Where people outside the cluster reach the page, without a slash at the end; nothing if they cannot. */}}
{{- define "pipegauge.pageUrl" -}}
{{- $page := .Values.page -}}
{{- if and $page.ingress.enabled $page.ingress.hosts -}}
{{- $tls := list -}}
{{- range $page.ingress.tls -}}{{- $tls = concat $tls (default list .hosts) -}}{{- end -}}
{{- $host := first $page.ingress.hosts -}}
{{- printf "%s://%s" (has $host $tls | ternary "https" "http") $host -}}
{{- else if and $page.httpRoute.enabled $page.httpRoute.hostnames -}}
{{- printf "https://%s" (first $page.httpRoute.hostnames) -}}
{{- end -}}
{{- end -}}

{{/* What to enter at a provider, from a dict of root, name, source, url and read, the command that shows the secret. */}}
{{- define "pipegauge.senderNotes" -}}
{{- $provider := default .name .source.provider -}}
{{- $url := printf "%s/webhooks/%s" .url .name -}}
{{- $userinfo := $url | replace "://" (printf "://pipegauge:%s@" .placeholder) -}}
{{- if eq $provider "gitlab" }}
  GitLab ({{ .name }}): Settings > Webhooks > Add new webhook
    URL           {{ $url }}
    Secret token  {{ .placeholder }}   (header X-Gitlab-Token; a secret whsec_... goes into "Signing token": header webhook-signature)
    Trigger       Pipeline events, Job events
{{- else if eq $provider "github" }}
  GitHub ({{ .name }}): Settings > Webhooks > Add webhook
    Payload URL   {{ $url }}
    Content type  application/json
    Secret        {{ .placeholder }}   (header X-Hub-Signature-256)
    Events        Workflow runs, Workflow jobs
{{- else if eq $provider "tekton" }}
  Tekton ({{ .name }}): ConfigMap config-events in tekton-pipelines
    sink          {{ $url }}?token={{ .placeholder }}   (or header Authorization: Bearer {{ .placeholder }})
    formats       tektonv1
{{- else }}
  Jenkins ({{ .name }}): Job Notifications > Add Endpoint, the URL as a secret-text credential
    URL           {{ $userinfo }}   (header Authorization: Basic)
    Format        JSON over HTTP, all events, 3 retries
{{- end }}
{{- if .read }}
    its secret    {{ .read }}
{{- else }}
    It has no secret and accepts deliveries from anyone.
{{- end }}
{{ end -}}

{{/* The command that shows the secret of a source, from a dict of root, name and source. */}}
{{- define "pipegauge.readSecret" -}}
{{- $existing := default dict .source.existingSecret -}}
{{- $secret := default (printf "%s-sources" (include "pipegauge.fullname" .root)) $existing.name -}}
{{- $key := default .name $existing.key -}}
{{- if or .source.secret $existing.name -}}
kubectl get secret {{ $secret }} -n {{ include "pipegauge.namespace" .root }} -o go-template='{{ "{{" }}index .data "{{ $key }}" | base64decode{{ "}}" }}'
{{- end -}}
{{- end -}}

{{/* The command that shows the token of the page and the read API, or nothing. */}}
{{- define "pipegauge.readApiToken" -}}
{{- $existing := .Values.apiToken.existingSecret -}}
{{- if or .Values.apiToken.value $existing.name -}}
{{- $secret := default (printf "%s-tokens" (include "pipegauge.fullname" .)) $existing.name -}}
{{- $key := empty $existing.name | ternary "api-token" $existing.key -}}
kubectl get secret {{ $secret }} -n {{ include "pipegauge.namespace" . }} -o go-template='{{ "{{" }}index .data "{{ $key }}" | base64decode{{ "}}" }}'
{{- end -}}
{{- end -}}

{{- define "pipegauge.notes" -}}
{{- $full := include "pipegauge.fullname" . -}}
{{- $namespace := include "pipegauge.namespace" . -}}
{{- $internal := printf "http://%s.%s.svc:%v" $full $namespace .Values.service.port -}}
{{- $public := include "pipegauge.publicUrl" . -}}
{{- $url := default $internal $public -}}
Pipegauge {{ .Chart.AppVersion }} is being installed as {{ $full }} in {{ $namespace }}.

Send to it
{{ range $name, $source := .Values.sources }}
{{- $read := include "pipegauge.readSecret" (dict "root" $ "name" $name "source" $source) -}}
{{- include "pipegauge.senderNotes" (dict "name" $name "source" $source "url" $url "read" $read "placeholder" "THE-SECRET") }}
{{- end }}
{{- if not $public }}
  These URLs are good inside the cluster. For senders outside it set ingress.enabled or httpRoute.enabled.
{{ end }}
See that it works
  kubectl rollout status deployment/{{ $full }} -n {{ $namespace }}
  helm test {{ .Release.Name }} -n {{ .Release.Namespace }} --logs
  kubectl port-forward service/{{ $full }} 8080:{{ .Values.service.port }} -n {{ $namespace }}
  curl -s http://127.0.0.1:8080/metrics | grep cicd_pipeline_runs_total
{{- if or .Values.metricsToken.value .Values.metricsToken.existingSecret.name }}
  The last one needs -H "Authorization: Bearer $TOKEN" with the metrics token.
{{- end }}

Look at it
{{- $readToken := include "pipegauge.readApiToken" . }}
{{- $page := include "pipegauge.pageUrl" . }}
{{- if $readToken }}
  {{ empty $page | ternary "http://127.0.0.1:8080/ui/ through the port-forward above" (printf "%s/ui/" $page) }}; sign in with the token
  {{ $readToken }}
{{- else if .Values.config.allowUnauthenticated }}
  http://127.0.0.1:8080 through the port-forward above.
{{- else }}
  The page and the read API refuse all requests: set apiToken.existingSecret.name, or apiToken.value (PIPEGAUGE_API_TOKEN).
{{- end }}
{{- if not (or .Values.serviceMonitor.enabled .Values.podMonitor.enabled) }}

Scrape it
  With the Prometheus operator: serviceMonitor.enabled=true and podMonitor.enabled=true.
  Without it, once for all pods: {{ $internal }}/metrics/ledger, and on each pod: /metrics/server.
{{- end }}
{{- if and (eq .Values.database.type "sqlite") (not .Values.persistence.enabled) }}

WARNING: persistence.enabled is false. Every run and every total is lost when the pod goes.
{{- end }}
{{- if .Values.config.allowUnauthenticated }}

WARNING: config.allowUnauthenticated is true. Sources without a secret accept deliveries from anyone who reaches the pod.
{{- end }}
{{- end -}}
