{{/*
The proxy's variables. Requests to the cluster itself never go through it: the
kubelet puts the address of the Kubernetes API in.
*/}}
{{- define "operator.proxyEnv" -}}
{{- $proxy := .Values.proxy -}}
{{- if or $proxy.httpProxy $proxy.httpsProxy -}}
{{- with $proxy.httpProxy }}
- name: HTTP_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with $proxy.httpsProxy }}
- name: HTTPS_PROXY
  value: {{ . | quote }}
{{- end }}
- name: NO_PROXY
  value: {{ concat $proxy.noProxy (list "$(KUBERNETES_SERVICE_HOST)" ".svc" ".cluster.local") | uniq | join "," | quote }}
{{- end -}}
{{- end -}}
