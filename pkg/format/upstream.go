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
func parseUpstream(data []byte, c *collector) error {
	s := newStream(data)
	opened, err := s.open("the file", '{', '[')
	if err != nil {
		return err
	}
	switch opened {
	case '[':
		err = parseServerList(s, c)
	case '{':
		err = parseEnvelope(s, c, data)
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
func parseEnvelope(s stream, c *collector, whole []byte) error {
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
		return addAlone(bytes.TrimSpace(whole), c)
	}
	return errors.New("the file is not an upstream registry: it has neither data.servers nor servers")
}

// parseData reads the servers of an envelope; skills and the like are not ours.
func parseData(s stream, c *collector, found *bool) error {
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

func parseServers(s stream, c *collector, where string) error {
	opened, err := s.open(where, '[')
	if err != nil || opened == 0 {
		return err
	}
	return parseServerList(s, c)
}

func parseServerList(s stream, c *collector) error {
	return s.elements(func(position int) error {
		raw, err := s.raw()
		if err != nil {
			return err
		}
		server, err := readEntry(raw)
		entry := server.Name
		if entry == "" {
			entry = fmt.Sprintf("#%d", position)
		}
		return c.add(entry, server, err)
	})
}

// addAlone takes a file that is one server.json. If it cannot be used, the file is
// no registry at all: it may as well be some other thing with a name.
func addAlone(raw json.RawMessage, c *collector) error {
	server, err := readEntry(raw)
	if err != nil {
		return fmt.Errorf("the file is not an upstream registry: it has neither data.servers nor servers, and is no valid server.json: %w", err)
	}
	return c.add(server.Name, server, nil)
}

// readEntry reads a server.json, alone or as {"server":…,"_meta":…} as the API
// lists it. In the latter, the registry's own metadata says the status. The
// name is set even with an error if there is one, to say whose error it is.
func readEntry(raw json.RawMessage) (registry.Server, error) {
	inner := registry.Member(raw, "server")
	if inner == nil || registry.Member(raw, "name") != nil {
		return readServer(raw)
	}
	s, err := readServer(inner)
	if err != nil {
		return s, err
	}
	return s, readOfficial(registry.Member(raw, "_meta", registry.OfficialKey), &s)
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

// readServer makes a server of a server.json that is kept whole.
func readServer(raw json.RawMessage) (registry.Server, error) {
	canonical, err := registry.Canonical(raw)
	if err != nil {
		return registry.Server{}, fmt.Errorf("the entry cannot be used: %w", err)
	}
	if canonical[0] != '{' {
		return registry.Server{}, errors.New("the entry is not an object")
	}
	s := registry.Server{JSON: canonical}
	if err := validate(&s); err != nil {
		return s, err
	}
	if s.Tags, s.Status, err = extensions(canonical); err != nil {
		return s, err
	}
	return s, nil
}
