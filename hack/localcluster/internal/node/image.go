package node

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

// LoadImage imports an image archive, of Docker's or the OCI's format, where
// the kubelet finds it.
func LoadImage(ctx context.Context, c plan.Cluster, archive string) error {
	return run(ctx, "ctr", "--address", c.ContainerdSocket(), "--namespace", "k8s.io", "images", "import", archive)
}

// LoadPauseImage makes and imports the pause image, which the kubelet could
// otherwise only get from the internet.
func LoadPauseImage(ctx context.Context, c plan.Cluster) error {
	program, err := os.ReadFile(filepath.Join(c.Bin, "pause"))
	if err != nil {
		return fmt.Errorf("pause program: %w", err)
	}
	archive, err := singleFileImage(plan.PauseImage, "pause", program)
	if err != nil {
		return fmt.Errorf("pause image: %w", err)
	}
	path := c.State("pause.tar")
	if err := os.WriteFile(path, archive, 0o644); err != nil {
		return fmt.Errorf("pause image: %w", err)
	}
	return LoadImage(ctx, c, path)
}

// singleFileImage returns a Docker archive of an image that holds one program
// and runs it.
func singleFileImage(reference, name string, program []byte) ([]byte, error) {
	layer, err := archive(entry{name, 0o755, program})
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"config":       map[string]any{"Entrypoint": []string{"/" + name}, "User": "65535:65535"},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer))}},
	})
	if err != nil {
		return nil, err
	}
	manifest, err := json.Marshal([]map[string]any{{
		"Config": "config.json", "RepoTags": []string{reference}, "Layers": []string{"layer.tar"},
	}})
	if err != nil {
		return nil, err
	}
	return archive(entry{"layer.tar", 0o644, layer}, entry{"config.json", 0o644, config}, entry{"manifest.json", 0o644, manifest})
}

type entry struct {
	name string
	mode int64
	data []byte
}

func archive(entries ...entry) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		if err := w.WriteHeader(&tar.Header{Name: e.name, Mode: e.mode, Size: int64(len(e.data))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), w.Close()
}
