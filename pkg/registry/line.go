package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A line is lineHead, the server, lineMeta, the official metadata, the foreign
// members behind a comma if there are any, and lineTail. It is put together and
// taken apart by hand: encoding/json would escape the server's "<", ">" and "&" on
// the way in and parse and copy all of it on the way out.
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
func (w *lineWriter) add(server []byte, official Official, foreign []byte) error {
	if len(server) < 2 || server[0] != '{' || server[len(server)-1] != '}' {
		return errors.New("its JSON is not an object in canonical form")
	}
	if bytes.IndexByte(server, '\n') >= 0 || bytes.IndexByte(foreign, '\n') >= 0 {
		return errors.New("its JSON is not canonical: it holds a line break")
	}
	w.text = append(w.text, lineHead...)
	w.text = append(w.text, server...)
	w.text = append(w.text, lineMeta...)
	if err := w.official(official); err != nil {
		return fmt.Errorf("writing its metadata: %w", err)
	}
	if len(foreign) > 0 {
		w.text = append(append(w.text, ','), foreign...)
	}
	w.text = append(w.text, lineTail...)
	w.text = append(w.text, '\n')
	return nil
}

// Rewritten is the line that the record has with the Official that it has now.
func (p Parsed) Rewritten() ([]byte, error) {
	var w lineWriter
	err := w.add(p.Server, p.Official, p.Foreign)
	return bytes.TrimSuffix(w.text, []byte{'\n'}), err
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
	// Both the server and the foreign members may hold the text between them, so
	// the server's own end is looked for.
	s := scanner{data: rest}
	var values [4]json.RawMessage
	s.pick(identifying, values[:])
	p := Parsed{Server: rest[:s.pos:s.pos], Line: line, Title: values[2], Description: values[3]}
	rest, parted := bytes.CutPrefix(rest[s.pos:], []byte(lineMeta))
	rest, tailed := bytes.CutSuffix(rest, []byte(lineTail))
	if !headed || !parted || !tailed {
		return Parsed{}, errors.New("it is not in the form of a snapshot")
	}
	var err error
	if p.Official, p.Foreign, err = parseMeta(rest); err != nil {
		return Parsed{}, fmt.Errorf("its metadata: %w", err)
	}
	if err = p.identify(values[0], values[1]); err != nil {
		return Parsed{}, err
	}
	return p, nil
}

// identifying are the members that a line is known by.
var identifying = []string{"name", "version", "title", "description"}

func (p *Parsed) identify(name, version json.RawMessage) (err error) {
	if p.Name, err = Text(name); err != nil {
		return fmt.Errorf("its name: %w", err)
	}
	if p.Version, err = Text(version); err != nil {
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

// parseMeta takes what stands between lineMeta and lineTail apart.
func parseMeta(data []byte) (Official, []byte, error) {
	o, rest, err := parseOfficial(data)
	if err != nil || len(rest) == 0 {
		return o, nil, err
	}
	foreign, found := bytes.CutPrefix(rest, []byte{','})
	if !found || len(foreign) == 0 || foreign[0] != '"' {
		return o, nil, errors.New("it is not in the form of a snapshot")
	}
	return o, slices.Clip(foreign), nil
}

// parseOfficial reads what lineWriter wrote; rest is what follows. Reading by hand
// what has always the same form takes a tenth of the time that encoding/json needs,
// and a start of the API service reads a hundred thousand of these; other forms are
// left to it.
func parseOfficial(data []byte) (o Official, rest []byte, err error) {
	if rest, ok := bytes.CutPrefix(data, []byte(`{"status":"`)); ok {
		if o, rest, ok := quickOfficial(rest); ok {
			return o, rest, nil
		}
	}
	value, taken := First(data)
	err = json.Unmarshal(value, &o)
	return o, data[taken:], err
}

func quickOfficial(text []byte) (o Official, rest []byte, ok bool) {
	status, rest, ok := bytes.Cut(text, []byte(`"`))
	if !ok {
		return o, nil, false
	}
	switch Status(status) {
	case StatusActive:
		o.Status = StatusActive
	case StatusDeprecated:
		o.Status = StatusDeprecated
	case StatusDeleted:
		o.Status = StatusDeleted
	default:
		return o, nil, false
	}
	for _, t := range []struct {
		key  string
		time *time.Time
	}{
		{`,"statusChangedAt":"`, &o.StatusChangedAt}, {`,"publishedAt":"`, &o.PublishedAt}, {`,"updatedAt":"`, &o.UpdatedAt},
	} {
		if rest, ok = bytes.CutPrefix(rest, []byte(t.key)); !ok {
			return o, nil, false
		}
		var value []byte
		if value, rest, ok = bytes.Cut(rest, []byte(`"`)); !ok || t.time.UnmarshalText(value) != nil {
			return o, nil, false
		}
	}
	if rest, o.IsLatest = bytes.CutPrefix(rest, []byte(`,"isLatest":true}`)); o.IsLatest {
		return o, rest, true
	}
	rest, ok = bytes.CutPrefix(rest, []byte(`,"isLatest":false}`))
	return o, rest, ok
}
