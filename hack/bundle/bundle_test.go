package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const image = "example.org/op@sha256:0000000000000000000000000000000000000000000000000000000000000001"

func good() inputs {
	return inputs{
		root: "../..", version: "1.2.3", replaces: "1.2.2", image: image,
		scorecard: "example.org/scorecard:1", created: "2026-01-01T00:00:00Z",
	}
}

func TestInputsAreChecked(t *testing.T) {
	require.NoError(t, good().check())
	for name, test := range map[string]struct {
		why    string
		change func(*inputs)
		want   string
	}{
		"no version":       {"a bundle has one", func(in *inputs) { in.version = "" }, "not a version"},
		"a v":              {"OLM's versions have none", func(in *inputs) { in.version = "v1.2.3" }, "not a version"},
		"replaces itself":  {"OLM would go round in a circle", func(in *inputs) { in.replaces = in.version }, "cannot replace itself"},
		"a tag":            {"it may come to mean another image", func(in *inputs) { in.image = "example.org/op:1.2.3" }, "no digest"},
		"no time":          {"the time of day would change every bundle", func(in *inputs) { in.created = "" }, "required"},
		"replaces nothing": {"a misspelled version leads nowhere", func(in *inputs) { in.replaces = "before" }, "not a version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(test.why)
			in := good()
			test.change(&in)
			require.ErrorContains(t, in.check(), test.want)
		})
	}
}

// TestChartIsAdapted: the variable that OLM sets is there once, and the right one.
func TestChartIsAdapted(t *testing.T) {
	objects, oldest, err := renderChart(good())
	require.NoError(t, err)
	require.Regexp(t, `^\d+\.\d+\.\d+$`, oldest)
	require.NoError(t, adapt(objects))
	for _, o := range objects {
		require.NotContains(t, []string{"ClusterRole", "ClusterRoleBinding"}, o["kind"], "OLM would grant it in every install mode")
	}
	require.ErrorContains(t, adapt(nil), "0 places", "a chart without the variable is not for OLM")
}

func TestSamplesAreFound(t *testing.T) {
	found, err := readSamples("../..")
	require.NoError(t, err)
	require.Len(t, found, len(samples))
	_, err = readSamples(t.TempDir())
	require.ErrorContains(t, err, "not in tests/manifests")
}

func TestCatalogLeadsOn(t *testing.T) {
	var first, second bytes.Buffer
	require.NoError(t, writeCatalog(&first, "../..", []string{"../../bundle"}))
	require.NoError(t, writeCatalog(&second, "../..", []string{"../../bundle"}))
	require.Equal(t, first.String(), second.String())
	objects, err := decode(&first)
	require.NoError(t, err)
	require.Len(t, objects, 2)
	entries, _ := objects[1]["entries"].([]any)
	require.Len(t, entries, 1)
	require.Regexp(t, `^<\d`, at(entries[0], "skipRange"), "from every older version there is a way to it")
	require.Error(t, writeCatalog(&first, "../..", nil))
}

// TestOnlyBundlesAreReplaced: a slip in -out must not remove anything.
func TestOnlyBundlesAreReplaced(t *testing.T) {
	made, out := t.TempDir(), t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(made, "metadata"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(made, "metadata", "annotations.yaml"), nil, 0o600))
	require.NoError(t, replace(out, made), "an empty folder")
	require.NoError(t, replace(out, made), "a bundle")
	other := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(other, "precious"), nil, 0o600))
	require.ErrorContains(t, replace(other, made), "something else")
	require.FileExists(t, filepath.Join(other, "precious"))
}
