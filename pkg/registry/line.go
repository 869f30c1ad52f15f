package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// A line is lineHead, the server, lineMeta, the official metadata and lineTail.
// It is put together and taken apart by hand: encoding/json would escape the
// server's "<", ">" and "&" on the way in and parse and copy all of it on the
// way out.
const (
	lineHead = `{"server":`
	lineMeta = `,"_meta":{"` + OfficialKey + `":`
	lineTail = `}}`
	// typicalOverhead is a line's length beyond its server; only a first guess.
	typicalOverhead = 256
)

// appendLine appends the record of one server to content.
func appendLine(content, server []byte, official Official) ([]byte, error) {
	if len(server) < 2 || server[0] != '{' || server[len(server)-1] != '}' {
		return nil, errors.New("its JSON is not an object in canonical form")
	}
	if bytes.IndexByte(server, '\n') >= 0 {
		return nil, errors.New("its JSON is not canonical: it holds a line break")
	}
	meta, err := json.Marshal(official)
	if err != nil {
		return nil, fmt.Errorf("writing its metadata: %w", err)
	}
	content = append(content, lineHead...)
	content = append(content, server...)
	content = append(content, lineMeta...)
	content = append(content, meta...)
	content = append(content, lineTail...)
	return append(content, '\n'), nil
}

// parseLine takes a line without its '\n' apart.
func parseLine(line []byte) (Parsed, error) {
	rest, headed := bytes.CutPrefix(line, []byte(lineHead))
	rest, tailed := bytes.CutSuffix(rest, []byte(lineTail))
	// The last one is ours: a server may hold the same text, the metadata not.
	border := bytes.LastIndex(rest, []byte(lineMeta))
	if !headed || !tailed || border < 0 {
		return Parsed{}, errors.New("it is not in the form of a snapshot")
	}
	p := Parsed{Server: rest[:border:border], Line: line}
	if err := json.Unmarshal(rest[border+len(lineMeta):], &p.Official); err != nil {
		return Parsed{}, fmt.Errorf("its metadata: %w", err)
	}
	var err error
	if p.ID, err = identify(p.Server); err != nil {
		return Parsed{}, err
	}
	return p, nil
}

func identify(server json.RawMessage) (id ID, err error) {
	for key, value := range Members(server) {
		switch key {
		case "name":
			id.Name, err = unquote(value)
		case "version":
			id.Version, err = unquote(value)
		}
		if err != nil {
			return ID{}, fmt.Errorf("its %s: %w", key, err)
		}
	}
	if id.Name == "" || id.Version == "" {
		return ID{}, errors.New("its server has no name or no version")
	}
	return id, nil
}
