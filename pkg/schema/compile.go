package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// written is a schema as it is written: the part of JSON Schema, draft 7, that
// the schemas of server.json use.
type written struct {
	ID          string             `json:"$id"`
	Dialect     string             `json:"$schema"`
	Definitions map[string]written `json:"definitions"`
	Ref         string             `json:"$ref"`

	Type       string             `json:"type"`
	Enum       []string           `json:"enum"`
	Const      *string            `json:"const"`
	Not        *written           `json:"not"`
	AllOf      []written          `json:"allOf"`
	AnyOf      []written          `json:"anyOf"`
	Properties map[string]written `json:"properties"`
	Required   []string           `json:"required"`
	Additional json.RawMessage    `json:"additionalProperties"`
	Items      *written           `json:"items"`
	MinLength  int                `json:"minLength"`
	MaxLength  *int               `json:"maxLength"`
	Pattern    string             `json:"pattern"`
	Format     string             `json:"format"`
}

// compiler keeps what was made of the definitions of one schema.
type compiler struct {
	definitions map[string]written
	made        map[string]*node
}

// compile makes a schema ready for use.
func compile(data []byte) (id string, root *node, err error) {
	var schema written
	if err := read(data, &schema); err != nil {
		return "", nil, err
	}
	if schema.Dialect != "http://json-schema.org/draft-07/schema#" || schema.ID == "" {
		return "", nil, errors.New("it is not of draft 7, or has no $id")
	}
	c := compiler{definitions: schema.Definitions, made: map[string]*node{}}
	if root, err = c.node(schema); err != nil {
		return "", nil, err
	}
	return schema.ID, lenient(root), nil
}

// read passes over no keyword that it does not know.
func read(data []byte, schema *written) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(schema)
}

// lenient takes away what [Check] does not hold against an entry.
func lenient(root *node) *node {
	for i, p := range root.properties {
		if p.key == `"description"` && p.value != nil {
			description := *p.value
			description.max = -1
			root.properties[i].value = &description
		}
	}
	return root
}

func (c *compiler) node(s written) (*node, error) {
	if s.Ref != "" { // in draft 7 nothing beside it counts
		return c.definition(s.Ref)
	}
	n := &node{min: s.MinLength, max: -1}
	if s.MaxLength != nil {
		n.max = *s.MaxLength
	}
	for _, part := range []func(*node, written) error{c.kind, c.values, c.object, c.list, c.combined} {
		if err := part(n, s); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (c *compiler) definition(ref string) (*node, error) {
	name, local := strings.CutPrefix(ref, "#/definitions/")
	schema, known := c.definitions[name]
	if !local || !known {
		return nil, fmt.Errorf("$ref %q leads nowhere", ref)
	}
	if n, made := c.made[name]; made {
		if n == nil {
			return nil, fmt.Errorf("$ref %q leads to itself", ref)
		}
		return n, nil
	}
	c.made[name] = nil
	n, err := c.node(schema)
	c.made[name] = n
	return n, err
}

func (c *compiler) kind(n *node, s written) error {
	kinds := map[string]kind{"": every, "object": '{', "array": '[', "string": '"', "boolean": 't'}
	k, known := kinds[s.Type]
	if !known {
		return fmt.Errorf("the type %q is not known", s.Type)
	}
	n.kind = k
	return nil
}

// values are the constraints of strings.
func (c *compiler) values(n *node, s written) error {
	n.enum = s.Enum
	if s.Const != nil {
		n.enum = []string{*s.Const}
	}
	if s.Not != nil {
		not, err := c.node(*s.Not)
		if err != nil {
			return err
		}
		n.not = not
	}
	if s.Pattern != "" {
		expression, err := regexp.Compile(s.Pattern)
		if err != nil {
			return err
		}
		n.pattern = &pattern{s.Pattern, expression.Match, quick[s.Pattern]}
	}
	if s.Format != "" && s.Format != "uri" {
		return fmt.Errorf("the format %q is not known", s.Format)
	}
	n.uri = s.Format == "uri"
	return nil
}

func (c *compiler) object(n *node, s written) error {
	for key, schema := range s.Properties {
		value, err := c.node(schema)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		n.add(property{key: `"` + key + `"`, value: value})
	}
	for _, key := range s.Required {
		n.add(property{key: `"` + key + `"`, required: true})
	}
	switch string(s.Additional) {
	case "", "true":
	case "false":
		n.closed = true
	default:
		var schema written
		if err := read(s.Additional, &schema); err != nil {
			return err
		}
		additional, err := c.node(schema)
		n.additional = additional
		return err
	}
	return nil
}

func (c *compiler) list(n *node, s written) (err error) {
	if s.Items != nil {
		n.items, err = c.node(*s.Items)
	}
	return err
}

func (c *compiler) combined(n *node, s written) error {
	for _, schema := range s.AllOf {
		part, err := c.node(schema)
		if err != nil {
			return err
		}
		if !n.merge(part) {
			n.all = append(n.all, part)
		}
	}
	if len(s.AnyOf) == 0 {
		return nil
	}
	var choice []*node
	for _, schema := range s.AnyOf {
		part, err := c.node(schema)
		if err != nil {
			return err
		}
		choice = append(choice, part)
	}
	n.choices = append(slices.Clip(n.choices), choice)
	return nil
}
