package format

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

var (
	errLooksUpstream = errors.New(`the file looks like the upstream format; set format of the source to upstream`)
	errLooksToolHive = errors.New(`the file looks like the ToolHive format; set format of the source to toolhive`)
	errOnlyNull      = errors.New(`the file is not a registry: it holds only null`)
)

// convert makes a server of the entry with this key.
type convert func(key string, raw json.RawMessage) (registry.Server, error)

// parseToolHive reads an object with servers, remote_servers and groups.
func parseToolHive(s *stream, c *collector) error {
	opened, err := s.open("the file", '{', '[')
	if err != nil {
		return err
	}
	switch opened {
	case '[':
		return errLooksUpstream
	case 0:
		return errOnlyNull
	}
	var known, upstream bool
	err = s.members(func(key string) error {
		switch key {
		case "servers", "remote_servers", "groups":
			known = true
		case "data":
			upstream = true
		}
		return parseToolHiveMember(s, c, key, "")
	})
	switch {
	case isKind(err, "servers", '['):
		return errLooksUpstream
	case err != nil:
		return err
	case !known && upstream:
		return errLooksUpstream
	case !known:
		return errors.New("the file is not a ToolHive registry: it has none of servers, remote_servers, groups")
	}
	return s.end()
}

// parseToolHiveMember reads one member of the file, or of a group if prefix is
// not empty. The prefix only serves to name rejected entries.
func parseToolHiveMember(s *stream, c *collector, key, prefix string) error {
	switch key {
	case "servers":
		return parseSection(s, c, prefix, key, convertImage)
	case "remote_servers":
		return parseSection(s, c, prefix, key, convertRemote)
	case "groups":
		if prefix == "" {
			return parseGroups(s, c)
		}
	}
	return s.skip()
}

func parseSection(s *stream, c *collector, prefix, section string, convert convert) error {
	opened, err := s.open(prefix+section, '{')
	if err != nil || opened == 0 {
		return err
	}
	return s.members(func(key string) error {
		raw, err := s.raw()
		if err != nil {
			return err
		}
		server, err := convert(key, raw)
		return c.add(prefix+key, server, err)
	})
}

// parseGroups reads each group from a stream of its own, so that a group of the
// wrong shape is rejected like a bad entry and the rest of the file lives.
func parseGroups(s *stream, c *collector) error {
	opened, err := s.open("groups", '[')
	if err != nil || opened == 0 {
		return err
	}
	return s.each(']', func(position int) error {
		raw, err := s.raw()
		if err != nil {
			return err
		}
		prefix := groupName(raw, position)
		err = parseGroup(newStream(raw), c, prefix+"/")
		if _, ok := errors.AsType[*kindError](err); ok {
			return c.add(prefix, registry.Server{}, err)
		}
		return err
	})
}

func groupName(raw json.RawMessage, position int) string {
	var name string
	if err := json.Unmarshal(registry.Member(raw, "name"), &name); err != nil || name == "" {
		return fmt.Sprintf("groups#%d", position)
	}
	return "groups/" + name
}

func parseGroup(s *stream, c *collector, prefix string) error {
	opened, err := s.open("the group", '{')
	if err != nil || opened == 0 {
		return err
	}
	return s.members(func(key string) error {
		return parseToolHiveMember(s, c, key, prefix)
	})
}

// isKind reports whether err says that the value at where is of kind got.
func isKind(err error, where string, got kind) bool {
	var wrong *kindError
	return errors.As(err, &wrong) && wrong.where == where && wrong.got == got
}
