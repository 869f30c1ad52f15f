package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/schema"
)

const (
	minName, maxName = 3, 200
	maxVersion       = 255
	// maxShown bounds what of a source's text is repeated in a message.
	maxShown = 80
)

// rangeSigns are in every version that may be a range without any space.
const rangeSigns = "^~<>=|xX*"

var (
	// A remote's URL may hold variables in braces, so it is not parsed.
	webURL = regexp.MustCompile(`^(?i:https?)://[^\s/?#]+[^\s]*$`)
	// What package managers read as a range: a comparator in front (^1, >=1), two
	// versions (1 - 2, 1 || 2), or a placeholder among the numbers (1.x, 1.*, *).
	comparator  = regexp.MustCompile(`^\s*[\^~<>=]`)
	alternative = regexp.MustCompile(`\d\S*\s+-\s+v?\d|\|\|`)
	placeholder = regexp.MustCompile(`^\s*v?(?:\d+\.){0,3}[xX*](?:\.(?:\d+|[xX*])){0,3}(?:[-+].*)?\s*$`)
)

// members are what is looked at of a server.json.
type members struct{ schema, meta, description, name, packages, remotes, version json.RawMessage }

var memberKeys = []string{"$schema", "_meta", "description", "name", "packages", "remotes", "version"}

func membersOf(canonical json.RawMessage) members {
	var v [7]json.RawMessage
	registry.Pick(canonical, memberKeys, v[:])
	return members{v[0], v[1], v[2], v[3], v[4], v[5], v[6]}
}

// validate checks what every client relies on and sets the server's name and
// version. It is deliberately light: descriptions over the strict schema's 100
// characters, unknown fields and entries that name no schema all pass.
func validate(s *registry.Server, m members) error {
	var err error
	if s.Name, err = readText(m.name); err != nil {
		return fmt.Errorf("name %w", err)
	}
	if err := checkName(s.Name); err != nil {
		return err
	}
	if s.Version, err = readText(m.version); err != nil {
		return fmt.Errorf("version %w", err)
	}
	if err := checkVersion(s.Version); err != nil {
		return err
	}
	if err := checkDescription(m.description); err != nil {
		return err
	}
	if err := checkPackages(m.packages); err != nil {
		return err
	}
	return checkRemotes(m.remotes)
}

// checkSchema holds an entry against the revision of the schema that it names.
func checkSchema(canonical, named json.RawMessage) error {
	// What is no text names no revision, and neither does "".
	url, _ := registry.Text(named)
	return schema.Check(url, canonical)
}

func checkDescription(raw json.RawMessage) error {
	if len(raw) > 2 && raw[0] == '"' && raw[1] > ' ' && raw[1] < utf8.RuneSelf && raw[1] != '\\' {
		return nil // it begins with something to read
	}
	description, err := readText(raw)
	if err != nil {
		return fmt.Errorf("description %w", err)
	}
	if strings.TrimSpace(description) == "" {
		return errors.New("description is missing")
	}
	return nil
}

func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("name is missing")
	case len(name) < minName || len(name) > maxName:
		return fmt.Errorf("name %s must have %d to %d characters", shown(name), minName, maxName)
	case !serverName(name):
		return fmt.Errorf("name %s must be a namespace and a name, as in io.github.acme/files", shown(name))
	}
	return nil
}

// serverName matches ^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$
func serverName(name string) bool {
	namespace, short, found := strings.Cut(name, "/")
	return found && isPlain(namespace, ".-") && isPlain(short, "._-")
}

// isPlain says whether text has at least one character and only letters, digits
// and those that are given.
func isPlain(text, others string) bool {
	for i := range len(text) {
		if b := text[i]; b|0x20-'a' >= 26 && b-'0' >= 10 && strings.IndexByte(others, b) < 0 {
			return false
		}
	}
	return text != ""
}

// isWebURL is webURL, which takes its time, for what is usual.
func isWebURL(url string) bool {
	rest, usual := strings.CutPrefix(url, "https://")
	return usual && isPlain(rest, ".-/_") && rest[0] != '/' || webURL.MatchString(url)
}

func checkVersion(version string) error {
	switch {
	case version == "":
		return errors.New("version is missing")
	case utf8.RuneCountInString(version) > maxVersion:
		return fmt.Errorf("version %s is longer than %d characters", shown(version), maxVersion)
	case version == "latest":
		return errors.New(`version must not be "latest": the API reserves the word`)
	case !strings.ContainsAny(version, rangeSigns) && !strings.ContainsFunc(version, unicode.IsSpace):
		return nil
	case comparator.MatchString(version), alternative.MatchString(version), placeholder.MatchString(version):
		return fmt.Errorf("version %s is a range, not a version", shown(version))
	}
	return nil
}

func checkPackages(raw json.RawMessage) error {
	packages, err := readObjects("packages", raw)
	if err != nil {
		return err
	}
	for i, p := range packages {
		identifier := registry.Member(p, "identifier")
		if len(identifier) > 0 && identifier[0] == '"' {
			continue
		}
		if _, err := readText(identifier); err != nil {
			return fmt.Errorf("packages[%d].identifier %w", i, err)
		}
	}
	return nil
}

func checkRemotes(raw json.RawMessage) error {
	remotes, err := readObjects("remotes", raw)
	if err != nil {
		return err
	}
	for i, r := range remotes {
		url, err := readText(registry.Member(r, "url"))
		if err != nil {
			return fmt.Errorf("remotes[%d].url %w", i, err)
		}
		if !isWebURL(url) {
			return fmt.Errorf("remotes[%d].url %s must begin with https:// or http://", i, shown(url))
		}
	}
	return nil
}

// readObjects reads a list of objects, which share memory with it; null and
// nothing count as empty.
func readObjects(field string, raw json.RawMessage) ([]json.RawMessage, error) {
	if raw == nil || string(raw) == "null" {
		return nil, nil
	}
	if raw[0] != '[' {
		return nil, fmt.Errorf("%s must be a list", field)
	}
	list := make([]json.RawMessage, 0, 4)
	for element := range registry.Elements(raw) {
		if element[0] != '{' {
			return nil, fmt.Errorf("%s[%d] must be an object", field, len(list))
		}
		list = append(list, element)
	}
	return list, nil
}

// shown quotes a source's text for one line of a message.
func shown(text string) string { return strconv.Quote(shorten(text, maxShown)) }

// plain makes a source's text fit for one line without quotes around it.
func plain(text string) string {
	quoted := strconv.Quote(shorten(text, maxName))
	return quoted[1 : len(quoted)-1]
}

func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
