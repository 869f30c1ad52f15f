package oracle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/program"
)

// programVariable names the official registry's program.
const programVariable = "CONFORMANCE_REGISTRY"

// official is a running official registry.
type official struct {
	url      string
	database *database
	token    string
}

// startOfficial starts the official registry and lets it import all that seed
// lists. It runs until the test ends.
func startOfficial(tb testing.TB, seed string) *official {
	tb.Helper()
	path := os.Getenv(programVariable)
	if path == "" {
		tb.Skipf("%s names no program; `make conformance` builds it", programVariable)
	}
	key := make([]byte, ed25519.SeedSize)
	_, err := rand.Read(key)
	require.NoError(tb, err)
	o := &official{database: startDatabase(tb), token: adminToken(key)}
	address := program.FreeAddress(tb)
	command := exec.Command(path)
	command.Env = []string{
		"TZ=UTC", "HOME=" + tb.TempDir(),
		"MCP_REGISTRY_SERVER_ADDRESS=" + address,
		"MCP_REGISTRY_DATABASE_URL=" + o.database.url(),
		"MCP_REGISTRY_DATABASE_MAX_CONNECTIONS=8", "MCP_REGISTRY_DATABASE_MIN_CONNECTIONS=1",
		"MCP_REGISTRY_SEED_FROM=" + seed,
		"MCP_REGISTRY_JWT_PRIVATE_KEY=" + hex.EncodeToString(key),
		// It would look up every package on the Internet.
		"MCP_REGISTRY_ENABLE_REGISTRY_VALIDATION=false",
	}
	program.Start(tb, command)
	o.url = "http://" + address
	program.WaitFor(tb, o.url+"/v0.1/ping")
	return o
}

// adminToken is what lets its bearer change everything.
func adminToken(seed []byte) string {
	encode := func(value any) string {
		data, _ := json.Marshal(value)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	now := time.Now()
	text := encode(map[string]string{"alg": "EdDSA", "typ": "JWT"}) + "." + encode(map[string]any{
		"iss": "mcp-registry", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "auth_method": "none", "auth_method_sub": "conformance",
		"permissions": []map[string]string{{"action": "publish", "resource": "*"}, {"action": "edit", "resource": "*"}},
	})
	signature := ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// learn publishes and changes what a wave brings.
func (o *official) learn(tb testing.TB, wave corpus.Wave) {
	tb.Helper()
	for _, document := range wave.Published {
		o.send(tb, http.MethodPost, "/v0.1/publish", document)
	}
	for _, c := range wave.Changed {
		path := fmt.Sprintf("/v0.1/servers/%s/versions/%s/status", url.PathEscape(c.Name), url.PathEscape(c.Version))
		body := fmt.Appendf(nil, `{"status":%q}`, c.Status)
		if c.Message != "" {
			body = fmt.Appendf(nil, `{"status":%q,"statusMessage":%q}`, c.Status, c.Message)
		}
		o.send(tb, http.MethodPatch, path, body)
	}
}

func (o *official) send(tb testing.TB, method, path string, body []byte) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, o.url+path, bytes.NewReader(body))
	require.NoError(tb, err)
	request.Header.Set("Authorization", "Bearer "+o.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(tb, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(tb, err)
	require.Equal(tb, http.StatusOK, response.StatusCode, "%s %s with %s: %s", method, path, body, answer)
}

// setTimes gives all entries the times that they have in the snapshot.
func (o *official) setTimes(tb testing.TB, snapshot registry.Snapshot) {
	tb.Helper()
	var sql strings.Builder
	require.NoError(tb, snapshot.Each(func(p registry.Parsed) error {
		fmt.Fprintf(&sql, "UPDATE servers SET published_at = %s, updated_at = %s, status_changed_at = %s WHERE server_name = %s AND version = %s;\n",
			moment(p.Official.PublishedAt), moment(p.Official.UpdatedAt), moment(p.Official.StatusChangedAt), quote(p.Name), quote(p.Version))
		return nil
	}))
	o.database.run(tb, sql.String())
}

// insertMissing puts into the database what the official registry did not take,
// and returns how many entries that are.
func (o *official) insertMissing(tb testing.TB, snapshot registry.Snapshot) int {
	tb.Helper()
	all := question{method: http.MethodGet, target: "/v0.1/servers?limit=100", walk: true}.ask(tb, o.url)
	have := map[string]bool{}
	for _, r := range all.Records {
		have[r.id()] = true
	}
	missing := 0
	var sql strings.Builder
	require.NoError(tb, snapshot.Each(func(p registry.Parsed) error {
		if have[p.Name+"@"+p.Version] {
			return nil
		}
		missing++
		at := moment(p.Official.PublishedAt)
		fmt.Fprintf(&sql, "INSERT INTO servers (server_name, version, status, published_at, updated_at, status_changed_at, is_latest, value) VALUES (%s, %s, %s, %s, %s, %s, %t, %s);\n",
			quote(p.Name), quote(p.Version), quote(string(registry.StatusActive)), at, at, at, p.Official.IsLatest, quote(string(p.Server)))
		return nil
	}))
	o.database.run(tb, sql.String())
	return missing
}

func moment(t time.Time) string { return quote(t.UTC().Format(time.RFC3339)) }
