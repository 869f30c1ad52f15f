package olm

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReleased installs what a release has put into a registry. Package release runs
// it, with programs and files from the release's images and nothing else.
func TestReleased(t *testing.T) {
	catalog := os.Getenv("RELEASED_CATALOG")
	if catalog == "" {
		t.Skip("the tests of a release run this one: they set RELEASED_CATALOG")
	}
	w := newWorld(t)
	w.operator = program(t, "RELEASED_OPERATOR")
	w.Create(t, olmObject("v1alpha1", "CatalogSource", system, "released", map[string]any{
		"sourceType": "grpc", "address": catalog, "displayName": "released",
	}))
	now := readBundle(t, program(t, "RELEASED_BUNDLE"))
	require.Contains(t, now.image, "@sha256:")
	i := w.subscribe(t, "released", "olm-released", now)
	installed(t, i, nil)
	i.uninstall(t)
}
