{{/* The chart's name, as a label value. */}}
{{- define "operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of the release's objects: release and chart, or just one if they are the same. */}}
{{- define "operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
The name of objects outside the release's namespace. It contains the namespace,
so that two releases of the same name do not fight over one object; the colon
cannot occur in either part, so two pairs never make the same name.
*/}}
{{- define "operator.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "operator.fullname" .) -}}
{{- end -}}

{{/* The name of the leader's lock. */}}
{{- define "operator.lockName" -}}
{{- default (printf "%s-lock" (include "operator.fullname" .)) .Values.leaderElection.id -}}
{{- end -}}

{{/* The name of the role to review tokens, and of its binding. */}}
{{- define "operator.tokenReviewName" -}}
{{- printf "%s:token-review" (include "operator.clusterName" .) -}}
{{- end -}}

{{- define "operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "operator.labels" -}}
{{- $labels := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" (.Chart.AppVersion | replace "+" "_")
  "app.kubernetes.io/managed-by" .Release.Service
-}}
{{- toYaml (merge (fromYaml (include "operator.selectorLabels" .)) $labels .Values.commonLabels) -}}
{{- end -}}

{{/*
The metadata of an object: a dict of root, name, and, where there are any,
namespace, labels and annotations of its own.
*/}}
{{- define "operator.metadata" -}}
name: {{ .name | quote }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- toYaml (merge (default dict .labels) (fromYaml (include "operator.labels" .root))) | nindent 2 }}
{{- with merge (dict) (default dict .annotations) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
Stops if the cluster does not know a kind: a dict of root, value (that asks for
it), api, kind, and from (what brings it). Without a cluster, --api-versions says
what is known.
*/}}
{{- define "operator.requireAPI" -}}
{{- $known := printf "%s/%s" .api .kind -}}
{{- if not (.root.Capabilities.APIVersions.Has $known) -}}
{{- fail (printf "%s is true, but the cluster does not know %s of %s: install %s first, or set %s=false (helm template needs --api-versions %s)" .value .kind .api .from .value $known) -}}
{{- end -}}
{{- end -}}

{{- define "operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is required when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "operator.image" -}}
{{- $repository := .Values.image.repository -}}
{{- if .Values.image.registry -}}
{{- $repository = printf "%s/%s" .Values.image.registry .Values.image.repository -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The rules that controller-gen wrote from the markers in the code. */}}
{{- define "operator.rules" -}}
{{- $file := required "files/rbac.yaml is missing from the chart: run make generate" (.Files.Get "files/rbac.yaml") -}}
{{- toYaml (get (fromYaml $file) "rules") -}}
{{- end -}}

{{/* Labels of the API Pods of all registries; package apiservice gives them these. */}}
{{- define "operator.apiPodLabels" -}}
app.kubernetes.io/managed-by: mcp-registry-operator
app.kubernetes.io/component: registry-api
{{- end -}}

{{- define "operator.metricsName" -}}
{{- printf "%s-metrics" (include "operator.fullname" . | trunc 55 | trimSuffix "-") -}}
{{- end -}}

{{- define "operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}
