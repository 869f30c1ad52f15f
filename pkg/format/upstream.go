package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// parseUpstream reads the three shapes in which server.json files are gathered, and
// one alone.
func parseUpstream(s *stream, c *collector) error {
	opened, err := s.open("the file", '{', '[')
	if err != nil {
		return err
	}
	switch opened {
	case '[':
		err = parseServerList(s, c)
	case '{':
		err = parseEnvelope(s, c)
	default:
		err = errOnlyNull
	}
	if err != nil {
		return err
	}
	return s.end()
}

// parseEnvelope reads {"data":{"servers":[…]}}, an API page, {"servers":[…]}, and
// what is itself a server.json, alone or as the API gives it.
func parseEnvelope(s *stream, c *collector) error {
	var found, toolhive, alone, enveloped bool
	err := s.members(func(key string) error {
		switch key {
		case "data":
			enveloped = true
			return parseData(s, c, &found)
		case "servers":
			found = true
			return parseServers(s, c, "servers")
		case "remote_servers", "groups":
			toolhive = true
		case "name", "server":
			alone = true
		}
		return s.skip()
	})
	switch {
	case isKind(err, "servers", '{'):
		return errLooksToolHive
	case err != nil || found:
		return err
	case toolhive:
		return errLooksToolHive
	case alone && !enveloped:
		return addAlone(bytes.TrimSpace(s.text), c)
	}
	return errors.New("the file is not an upstream registry: it has neither data.servers nor servers")
}

// parseData reads the servers of an envelope; skills and the like are not ours.
func parseData(s *stream, c *collector, found *bool) error {
	opened, err := s.open("data", '{')
	if err != nil || opened == 0 {
		return err
	}
	return s.members(func(key string) error {
		if key != "servers" {
			return s.skip()
		}
		*found = true
		return parseServers(s, c, "data.servers")
	})
}

func parseServers(s *stream, c *collector, where string) error {
	opened, err := s.open(where, '[')
	if err != nil || opened == 0 {
		return err
	}
	return parseServerList(s, c)
}

func parseServerList(s *stream, c *collector) error {
	return s.inParallel(readEntry, c.reserve, func(position int, e entry) error {
		if errors.Is(e.err, errInvalid) {
			return s.invalid()
		}
		name := e.server.Name
		if name == "" {
			name = fmt.Sprintf("#%d", position)
		}
		return c.add(name, e.server, e.err)
	})
}

// addAlone takes a file that is one server.json, of which nothing was rewritten yet.
// If it cannot be used, the file is no registry at all: it may as well be some other
// thing with a name.
func addAlone(raw []byte, c *collector) error {
	e := readEntry(new(registry.Respeller), raw)
	if e.err != nil {
		return fmt.Errorf("the file is not an upstream registry: it has neither data.servers nor servers, and is no valid server.json: %w", e.err)
	}
	return c.add(e.server.Name, e.server, nil)
}

// entry is what was made of one element of a list. The server's name is set even
// with an error if there is one, to say whose error it is.
type entry struct {
	server registry.Server
	err    error
}

// errInvalid says that an element is not valid JSON, and so neither is the file.
var errInvalid = errors.New("it is not valid JSON")

// readEntry reads a server.json, alone or as {"server":…,"_meta":…} as the API
// lists it. In the latter, the registry's own metadata says the status.
//
// An entry that is good is left in its canonical form where it lies. All others,
// and those in which the canonical form might hide what was written, are read
// again, as they are written.
func readEntry(r *registry.Respeller, raw []byte) entry {
	if err := r.Read(raw); err != nil {
		if !json.Valid(raw) {
			return entry{err: errInvalid}
		}
		return readWritten(raw)
	}
	inner, meta := wrapped(r.Value())
	if inner == nil {
		server, err := readPublished(r.Value())
		if err == nil {
			server.JSON = r.Keep()
		}
		return entry{server, err}
	}
	if r.Twice() {
		return readWritten(raw)
	}
	server, err := readPublished(inner)
	if err == nil {
		err = readOfficial(registry.Member(meta, registry.OfficialKey), &server)
	}
	if err == nil {
		// What is kept must not lie in the respeller, which reads the next one.
		server.JSON, meta = wrapped(r.Keep())
		server.Foreign = registry.Foreign(meta)
	}
	return entry{server, err}
}

// wrapped takes {"server":…,"_meta":…} in canonical form apart; server is nil if
// the value is something else.
func wrapped(value json.RawMessage) (server, meta json.RawMessage) {
	var members [3]json.RawMessage
	registry.Pick(value, []string{"_meta", "name", "server"}, members[:])
	if members[1] != nil || members[2] == nil {
		return nil, nil
	}
	return members[2], members[0]
}

// readWritten reads an entry of which a part may have no canonical form.
func readWritten(raw json.RawMessage) entry {
	inner := registry.Member(raw, "server")
	alone := inner == nil || registry.Member(raw, "name") != nil
	if alone {
		inner = raw
	}
	canonical, err := registry.Canonical(inner)
	if err != nil {
		name, _ := registry.Text(registry.Member(inner, "name"))
		return entry{registry.Server{Name: name}, fmt.Errorf("the entry cannot be used: %w", err)}
	}
	server, err := readPublished(canonical)
	if err == nil && !alone {
		err = readWrittenMeta(registry.Member(raw, "_meta"), &server)
	}
	return entry{server, err}
}

// readWrittenMeta reads a _meta of which a part may have no canonical form. What is
// no object says nothing.
func readWrittenMeta(meta json.RawMessage, s *registry.Server) error {
	if len(meta) == 0 || meta[0] != '{' {
		return nil
	}
	canonical, err := registry.Canonical(meta)
	if err != nil {
		return fmt.Errorf("_meta: %w", err)
	}
	s.Foreign = registry.Foreign(canonical)
	return readOfficial(registry.Member(meta, registry.OfficialKey), s)
}

// readOfficial takes over what another registry says of an entry. Its times are
// not taken: ours say when this registry came to have it.
func readOfficial(official json.RawMessage, s *registry.Server) error {
	for key, value := range registry.Members(official) {
		var err error
		switch key {
		case "status":
			var text string
			text, err = readText(value)
			s.Status = statusOf(text)
		case "statusMessage":
			s.StatusMessage, err = readText(value)
		case "isLatest":
			s.Latest = string(value) == "true"
		}
		if err != nil {
			return fmt.Errorf("_meta: %s %w", key, err)
		}
	}
	return nil
}

// readPublished makes a server of a server.json in canonical form, as somebody
// published it: it must fit the schema that it names.
func readPublished(canonical json.RawMessage) (registry.Server, error) {
	s, m, err := readServer(canonical)
	if err == nil {
		err = checkSchema(canonical, m.schema)
	}
	return s, err
}

// readServer makes a server of a server.json in canonical form.
func readServer(canonical json.RawMessage) (registry.Server, members, error) {
	if canonical[0] != '{' {
		return registry.Server{}, members{}, errors.New("the entry is not an object")
	}
	s, m := registry.Server{JSON: canonical}, membersOf(canonical)
	err := validate(&s, m)
	if err == nil {
		s.Tags, s.Status, err = extensions(m.meta)
	}
	return s, m, err
}
