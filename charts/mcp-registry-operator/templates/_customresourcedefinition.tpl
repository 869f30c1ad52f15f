{{/*
Stops if a definition of this name exists that another product brought: Helm,
told to take it over, would replace its fields, and with them what its registries
say. A definition of ours has a label that controller-gen gives it, however it
was installed, or at least the one of an earlier chart of ours. Without a cluster
nothing is found, and nothing is refused.
*/}}
{{- define "operator.refuseForeign" -}}
{{- $name := .metadata.name -}}
{{- $ours := get .metadata.labels "app.kubernetes.io/part-of" -}}
{{- $found := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" $name -}}
{{- if $found -}}
{{- $labels := default dict $found.metadata.labels -}}
{{- if not (or (eq (get $labels "app.kubernetes.io/part-of") $ours) (hasPrefix (printf "%s-" $ours) (get $labels "helm.sh/chart"))) -}}
{{- $release := get (default dict $found.metadata.annotations) "meta.helm.sh/release-name" -}}
{{- $whose := coalesce (get $labels "helm.sh/chart") (get $labels "app.kubernetes.io/name") $release "it does not say which" -}}
{{- fail (printf "CustomResourceDefinition %s exists and belongs to another product (%s); this release would replace its fields. %s %s %s"
  $name $whose
  (printf "If that product is no longer used, save its objects (kubectl get %s --all-namespaces --output yaml), uninstall it, delete the definition and with it the objects (kubectl delete crd %s), and install again." $name $name)
  (printf "If the definition is of this operator all the same, say so: kubectl label crd %s app.kubernetes.io/part-of=%s --overwrite." $name $ours)
  "The two products cannot share a cluster."
) -}}
{{- end -}}
{{- end -}}
{{- end -}}
