package e2e

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

// newArtifact is a signed archive with a registry file, behind a token server, in a
// container registry that Pods reach at address. It returns the values for manifests.
func newArtifact(t *testing.T, address string, servers ...string) map[string]string {
	t.Helper()
	server, key := ociserver.NewAt(t, address), ociserver.NewKey()
	server.Ask(ociserver.Token)
	server.Redirect()
	folder := ociserver.Tar(ociserver.File("catalogue/registry.json"))(fixture.ToolHive(servers...))
	of := server.Push("acme/mcp", "v1", ociserver.Layer{Title: "catalogue", Data: ociserver.Gzip(folder)})
	server.PushBundle("acme/mcp", of, ociserver.Bundle(key, of, ociserver.SignedType), ociserver.SignedType)
	pull := fmt.Appendf(nil, `{"auths":{%q:{"username":%q,"password":%q}}}`, server.Host(), ociserver.User, ociserver.Password)
	return map[string]string{
		"OCI_REFERENCE":        server.Host() + "/acme/mcp:v1",
		"OCI_PULL_BASE64":      base64.StdEncoding.EncodeToString(pull),
		"OCI_AUTHORITY_BASE64": base64.StdEncoding.EncodeToString(server.CAPEM()),
		"OCI_KEY_BASE64":       base64.StdEncoding.EncodeToString(key.Public()),
	}
}
