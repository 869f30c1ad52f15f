package apiservice

import (
	"reflect"
	"slices"
)

// mergeKeys are the lists whose items Kubernetes tells apart by keys, by the
// name of the field. In these others may add items. All other lists are atomic:
// one more subject in a RoleBinding or one more rule in a Role is a difference.
// A list has several sets of keys where its name is used in several types.
var mergeKeys = map[string][][]string{
	"ownerReferences":           {{"uid"}},
	"containers":                {{"name"}},
	"initContainers":            {{"name"}},
	"volumes":                   {{"name"}},
	"imagePullSecrets":          {{"name"}},
	"resourceClaims":            {{"name"}},
	"env":                       {{"name"}},
	"claims":                    {{"name"}},
	"volumeMounts":              {{"mountPath"}},
	"volumeDevices":             {{"devicePath"}},
	"hostAliases":               {{"ip"}},
	"topologySpreadConstraints": {{"topologyKey", "whenUnsatisfiable"}},
	"ports":                     {{"containerPort", "protocol"}, {"port", "protocol"}},
}

// subset reports whether all of desired is in actual, both as decoded JSON.
// What actual has beyond it is Kubernetes' defaults and other people's additions.
func subset(desired, actual any) bool { return subsetAt("", desired, actual) }

func subsetAt(field string, desired, actual any) bool {
	switch want := desired.(type) {
	case map[string]any:
		got, ok := actual.(map[string]any)
		return ok && subsetMap(want, got)
	case []any:
		got, ok := actual.([]any)
		return ok && subsetList(field, want, got)
	default:
		return reflect.DeepEqual(desired, actual)
	}
}

func subsetMap(desired, actual map[string]any) bool {
	for key, want := range desired {
		got, ok := actual[key]
		if !ok || !subsetAt(key, want, got) {
			return false
		}
	}
	return true
}

func subsetList(field string, desired, actual []any) bool {
	for _, keys := range mergeKeys[field] {
		if keyed(desired, keys) && keyed(actual, keys) {
			return subsetByKey(desired, actual, keys)
		}
	}
	if len(desired) != len(actual) {
		return false
	}
	// Objects in an atomic list get defaults too, so here as well more is fine.
	for i := range desired {
		if !subsetAt("", desired[i], actual[i]) {
			return false
		}
	}
	return true
}

func subsetByKey(desired, actual []any, keys []string) bool {
	return !slices.ContainsFunc(desired, func(want any) bool {
		i := slices.IndexFunc(actual, func(got any) bool { return sameKey(want, got, keys) })
		return i < 0 || !subsetAt("", want, actual[i])
	})
}

// keyed reports whether every item is an object with the first of keys. The
// others may be left to Kubernetes' defaults (protocol).
func keyed(items []any, keys []string) bool {
	return !slices.ContainsFunc(items, func(item any) bool {
		object, ok := item.(map[string]any)
		return !ok || object[keys[0]] == nil
	})
}

// sameKey compares as the API server does: a key that desired leaves out has its default.
func sameKey(desired, actual any, keys []string) bool {
	want, wanted := desired.(map[string]any)
	got, is := actual.(map[string]any)
	if !wanted || !is {
		return false
	}
	for _, key := range keys {
		value := want[key]
		if value == nil && key == "protocol" {
			value = "TCP"
		}
		if !reflect.DeepEqual(value, got[key]) {
			return false
		}
	}
	return true
}
