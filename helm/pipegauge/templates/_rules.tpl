{{/*
The groups of a file of rules, as the values want them, from a dict of root and groups: without disabled alerts, with what is changed of
others. A group that is left with no rule is left out.
*/}}
{{- define "pipegauge.ruleGroups" -}}
{{- $values := .root.Values.prometheusRule -}}
{{- $groups := list -}}
{{- range $group := .groups -}}
  {{- $rules := list -}}
  {{- range $rule := $group.rules -}}
    {{- if not $rule.alert -}}
      {{- $rules = append $rules $rule -}}
    {{- else if not (get $values.disabled $rule.alert) -}}
      {{- $change := default dict (get $values.overrides $rule.alert) -}}
      {{- $labels := merge dict (default dict $change.labels) $values.alertLabels (default dict $rule.labels) -}}
      {{- $annotations := merge dict (default dict $change.annotations) (default dict $rule.annotations) -}}
      {{- if and $values.runbookUrl $annotations.runbook_url -}}
        {{- $annotations = merge (dict "runbook_url" (replace "docs/alerts.md" $values.runbookUrl $annotations.runbook_url)) $annotations -}}
      {{- end -}}
      {{- $own := dict "labels" $labels "annotations" $annotations -}}
      {{- $rules = append $rules (merge dict $own (omit $change "labels" "annotations") $rule) -}}
    {{- end -}}
  {{- end -}}
  {{- if $rules -}}
    {{- $groups = append $groups (merge (dict "rules" $rules) $group) -}}
  {{- end -}}
{{- end -}}
{{- toYaml $groups -}}
{{- end -}}

{{/* A YAML list of the names of all alerts in the chart's files. */}}
{{- define "pipegauge.alertNames" -}}
{{- $names := list -}}
{{- range $path, $_ := .Files.Glob "rules/*.yaml" -}}
  {{- range $group := ($.Files.Get $path | fromYaml).groups -}}
    {{- range $group.rules -}}
      {{- if .alert -}}{{- $names = append $names .alert -}}{{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- toYaml $names -}}
{{- end -}}
