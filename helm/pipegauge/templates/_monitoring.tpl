{{/* What an endpoint of either monitor has besides its path, from a dict of root and monitor. */}}
{{- define "pipegauge.scrape" -}}
port: http
{{- with .monitor.interval }}
interval: {{ . }}
{{- end }}
{{- with .monitor.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with include "pipegauge.scrapeToken" .root }}
authorization:
  type: Bearer
  credentials:
    {{- . | nindent 4 }}
{{- end }}
{{- with .monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
