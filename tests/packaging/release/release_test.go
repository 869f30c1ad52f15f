package release

import (
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/stretchr/testify/require"
)

func TestRelease(t *testing.T) {
	if os.Getenv("E2E_PACKAGING") == "" {
		t.Skip("set E2E_PACKAGING=1 and the programs to use; make e2e-packaging does both")
	}
	r := makeRelease(t)
	for _, story := range []struct {
		name string
		tell func(*testing.T, *dryRun)
	}{
		{"everything is there", complete},
		{"images for each architecture", architectures},
		{"signatures", signatures},
		{"what it was made from", materials},
		{"chart", chart},
		{"bundle", bundle},
		{"catalogue", catalogue},
		{"built again elsewhere", again},
	} {
		t.Run(story.name, func(t *testing.T) { story.tell(t, r) })
	}
}

func complete(t *testing.T, r *dryRun) {
	for _, repository := range []string{operator, "charts/" + operator, operator + "-bundle", operator + "-catalog", operator + "-scorecard"} {
		require.Contains(t, r.images, repository)
	}
	run(t, r.files, "sha256sum", "--check", "--strict", "SHA256SUMS")
	sums, err := os.ReadFile(filepath.Join(r.files, "SHA256SUMS"))
	require.NoError(t, err)
	for _, file := range []string{
		operator + "-" + version + ".tgz", "CHANGELOG.md", "images.txt", "cosign.pub",
		"sbom-linux-amd64.cdx.json", "sbom-linux-arm64.cdx.json",
		"bundle/metadata/annotations.yaml", "catalog/" + operator + "/catalog.json",
	} {
		require.Contains(t, string(sums), "  "+file+"\n")
	}
	changes, err := os.ReadFile(filepath.Join(r.files, "CHANGELOG.md"))
	require.NoError(t, err)
	require.Contains(t, string(changes), "# "+version)
	keys, err := filepath.Glob(filepath.Join(r.files, "*.key"))
	require.NoError(t, err)
	require.Empty(t, keys, "the private key is nowhere")
}

func architectures(t *testing.T, r *dryRun) {
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	for architecture, machine := range machines {
		path := filepath.Join(r.extract(t, operator, architecture), operator)
		file, err := elf.Open(path)
		require.NoError(t, err)
		require.Equal(t, machine, file.Machine)
		libraries, err := file.ImportedLibraries()
		require.NoError(t, err)
		require.Empty(t, libraries, "the image has no libraries")
		require.NoError(t, file.Close())
		info, err := buildinfo.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, info.String(), "vcs.", "the state of git would make each build another")
	}
	own := filepath.Join(r.extract(t, operator, runtime.GOARCH), operator)
	require.Equal(t, version, strings.TrimSpace(string(run(t, ".", own, "version"))))
}

// signatures: cosign finds one of everything, with the key of the release only.
func signatures(t *testing.T, r *dryRun) {
	cosign := program(t, "COSIGN")
	verify := []string{"verify", "--insecure-ignore-tlog", "--key"}
	other := filepath.Join(t.TempDir(), "other")
	t.Setenv("COSIGN_PASSWORD", "")
	run(t, ".", cosign, "generate-key-pair", "--output-key-prefix", other)
	for _, reference := range r.images {
		run(t, ".", cosign, append(verify, filepath.Join(r.files, "cosign.pub"), reference.String())...)
		out, err := exec.CommandContext(t.Context(), cosign, append(verify, other+".pub", reference.String())...).CombinedOutput()
		require.Error(t, err, "%s", out)
	}
	for _, architecture := range []string{"amd64", "arm64"} {
		run(t, ".", cosign, append(verify, filepath.Join(r.files, "cosign.pub"), r.reference(t, operator, architecture))...)
	}
	run(t, r.files, cosign, "verify-blob", "--insecure-ignore-tlog", "--key", "cosign.pub", "--bundle", "SHA256SUMS.sigstore.json", "SHA256SUMS")
}

// materials: the signed list names the modules with which the program was built.
func materials(t *testing.T, r *dryRun) {
	for _, architecture := range []string{"amd64", "arm64"} {
		out := run(t, ".", program(t, "COSIGN"), "verify-attestation", "--insecure-ignore-tlog", "--type", "cyclonedx",
			"--key", filepath.Join(r.files, "cosign.pub"), r.reference(t, operator, architecture))
		var envelope struct{ Payload []byte }
		require.NoError(t, json.Unmarshal(out, &envelope))
		var statement struct {
			Predicate struct {
				Components []struct{ Name, Version string }
			}
		}
		require.NoError(t, json.Unmarshal(envelope.Payload, &statement))
		versions := map[string]string{}
		for _, component := range statement.Predicate.Components {
			versions[component.Name] = component.Version
		}
		info, err := buildinfo.ReadFile(filepath.Join(r.clone, "dist", "programs", architecture, operator))
		require.NoError(t, err)
		for _, module := range info.Deps {
			require.Equal(t, module.Version, versions[module.Path], module.Path)
		}
		require.Contains(t, versions, "std")
		t.Logf("%s: %d components", architecture, len(versions))
	}
}

// chart: helm finds it and installs the image by its digest.
func chart(t *testing.T, r *dryRun) {
	out := run(t, ".", program(t, "HELM3"), "template", "operator", "oci://"+r.registry+"/charts/"+operator,
		"--version", version, "--plain-http", "--kube-version", "1.33.0")
	images := regexp.MustCompile(`(?m)^\s+image: "?([^"\n]+)`).FindAllStringSubmatch(string(out), -1)
	require.NotEmpty(t, images)
	for _, found := range images {
		require.Equal(t, r.images[operator].String(), found[1])
	}
	require.Contains(t, string(out), version)
}

// again: the same commit gives the same image from another folder.
func again(t *testing.T, r *dryRun) {
	folder := clone(t)
	run(t, folder, "make", "images", "VERSION="+version)
	index, err := layout.ImageIndexFromPath(filepath.Join(folder, "dist", "images"))
	require.NoError(t, err)
	manifest, err := index.IndexManifest()
	require.NoError(t, err)
	require.Len(t, manifest.Manifests, 1)
	require.Equal(t, r.images[operator].DigestStr(), manifest.Manifests[0].Digest.String())
}
