package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// A line is lineHead, the server, lineMeta, the official metadata and lineTail.
// It is put together and taken apart by hand: encoding/json would escape the
// server's "<", ">" and "&" on the way in and parse and copy all of it on the
// way out.
const (
	lineHead = `{"server":`
	lineMeta = `,"_meta":{"` + OfficialKey + `":`
	lineTail = `}}`
	// usualOverhead is a line's length beyond its server and a message, or more.
	usualOverhead = 272
)

// lineWriter writes records.
type lineWriter struct {
	text []byte
	// stamp is how at is written: most times of a snapshot are the same.
	at    time.Time
	stamp []byte
}

// add writes the record of one server.
func (w *lineWriter) add(server []byte, official Official) error {
	if len(server) < 2 || server[0] != '{' || server[len(server)-1] != '}' {
		return errors.New("its JSON is not an object in canonical form")
	}
	if bytes.IndexByte(server, '\n') >= 0 {
		return errors.New("its JSON is not canonical: it holds a line break")
	}
	w.text = append(w.text, lineHead...)
	w.text = append(w.text, server...)
	w.text = append(w.text, lineMeta...)
	if err := w.official(official); err != nil {
		return fmt.Errorf("writing its metadata: %w", err)
	}
	w.text = append(w.text, lineTail...)
	w.text = append(w.text, '\n')
	return nil
}

// official writes what encoding/json would, which needs ten times as long.
func (w *lineWriter) official(o Official) error {
	before := len(w.text)
	w.text = append(w.text, `{"status":"`...)
	w.text = append(w.text, o.Status...)
	usual := o.StatusMessage == "" && (o.Status == StatusActive || o.Status == StatusDeprecated || o.Status == StatusDeleted) &&
		w.time(`","statusChangedAt":"`, o.StatusChangedAt) && w.time(`","publishedAt":"`, o.PublishedAt) && w.time(`","updatedAt":"`, o.UpdatedAt)
	if !usual {
		meta, err := json.Marshal(o)
		w.text = append(w.text[:before], meta...)
		return err
	}
	w.text = append(w.text, `","isLatest":`...)
	w.text = append(strconv.AppendBool(w.text, o.IsLatest), '}')
	return nil
}

// time writes a time unless its form is up to encoding/json.
func (w *lineWriter) time(key string, t time.Time) bool {
	if t.Location() != time.UTC || t.Year() < 0 || t.Year() > 9999 {
		return false
	}
	if w.stamp == nil || t != w.at {
		w.at, w.stamp = t, t.AppendFormat(w.stamp[:0], time.RFC3339Nano)
	}
	w.text = append(append(w.text, key...), w.stamp...)
	return true
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
	var err error
	if p.Official, err = parseOfficial(rest[border+len(lineMeta):]); err != nil {
		return Parsed{}, fmt.Errorf("its metadata: %w", err)
	}
	if err = p.identify(); err != nil {
		return Parsed{}, err
	}
	return p, nil
}

// identifying are the members that a line is known by.
var identifying = []string{"name", "version", "title", "description"}

func (p *Parsed) identify() (err error) {
	var values [4]json.RawMessage
	Pick(p.Server, identifying, values[:])
	p.Title, p.Description = values[2], values[3]
	if p.Name, err = Text(values[0]); err != nil {
		return fmt.Errorf("its name: %w", err)
	}
	if p.Version, err = Text(values[1]); err != nil {
		return fmt.Errorf("its version: %w", err)
	}
	if p.Name == "" || p.Version == "" {
		return errors.New("its server has no name or no version")
	}
	return nil
}

// Text is the meaning of a JSON string, "" for none at all. Other values, and
// texts with a NUL, are errors.
func Text(literal json.RawMessage) (string, error) {
	if len(literal) == 0 {
		return "", nil
	}
	if literal[0] != '"' {
		return "", errors.New("it is not a text")
	}
	return unquote(literal)
}

// parseOfficial reads what appendLine wrote. Reading by hand what has always the
// same form takes a tenth of the time that encoding/json needs, and a start of
// the API service reads a hundred thousand of these; other forms are left to it.
func parseOfficial(data []byte) (Official, error) {
	var o Official
	if rest, ok := bytes.CutPrefix(data, []byte(`{"status":"`)); ok {
		if o, ok = quickOfficial(rest); ok {
			return o, nil
		}
	}
	err := json.Unmarshal(data, &o)
	return o, err
}

func quickOfficial(rest []byte) (o Official, ok bool) {
	status, rest, ok := bytes.Cut(rest, []byte(`"`))
	if !ok {
		return o, false
	}
	switch Status(status) {
	case StatusActive:
		o.Status = StatusActive
	case StatusDeprecated:
		o.Status = StatusDeprecated
	case StatusDeleted:
		o.Status = StatusDeleted
	default:
		return o, false
	}
	for _, t := range []struct {
		key  string
		time *time.Time
	}{
		{`,"statusChangedAt":"`, &o.StatusChangedAt}, {`,"publishedAt":"`, &o.PublishedAt}, {`,"updatedAt":"`, &o.UpdatedAt},
	} {
		if rest, ok = bytes.CutPrefix(rest, []byte(t.key)); !ok {
			return o, false
		}
		var value []byte
		if value, rest, ok = bytes.Cut(rest, []byte(`"`)); !ok || t.time.UnmarshalText(value) != nil {
			return o, false
		}
	}
	switch string(rest) {
	case `,"isLatest":true}`:
		o.IsLatest = true
	case `,"isLatest":false}`:
	default:
		return o, false
	}
	return o, true
}
