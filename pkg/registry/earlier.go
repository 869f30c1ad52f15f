package registry

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// earlier goes through the records of an earlier snapshot beside those of the
// next one, both in their order.
type earlier struct {
	rest   []byte
	number int
	// head is the next record, if it was read.
	head  Parsed
	ready bool
	// passed are the IDs of the records that nobody took.
	passed []string
}

// take returns the record with this ID, which must be above the last one.
func (e *earlier) take(id ID) (Parsed, bool, error) {
	for {
		if err := e.fill(); err != nil || !e.ready {
			return Parsed{}, false, err
		}
		switch order := compareIDs(e.head.ID, id); {
		case order == 0:
			e.ready = false
			return e.head, true, nil
		case order > 0:
			return Parsed{}, false, nil
		}
		e.pass()
	}
}

func (e *earlier) pass() {
	e.passed = append(e.passed, e.head.String())
	e.ready = false
}

func (e *earlier) skipAll() error {
	for {
		if err := e.fill(); err != nil || !e.ready {
			return err
		}
		e.pass()
	}
}

// fill reads the next record unless that has been done.
func (e *earlier) fill() error {
	if e.ready || len(e.rest) == 0 {
		return nil
	}
	last := e.head.ID
	e.number++
	line, rest, found := bytes.Cut(e.rest, []byte{'\n'})
	if !found {
		return errors.New("reading the previous snapshot: the last record is cut off")
	}
	var err error
	if e.head, err = parseLine(line); err != nil {
		return fmt.Errorf("reading the previous snapshot: record %d: %w", e.number, err)
	}
	if e.number > 1 && compareIDs(last, e.head.ID) >= 0 {
		return errDisorder
	}
	e.rest, e.ready = rest, true
	return nil
}

var errDisorder = errors.New("the records of the previous snapshot are not in order")

// inOrder is the content of a snapshot with its records in order, of equal IDs
// the last.
func inOrder(s Snapshot) ([]byte, error) {
	lines := map[ID][]byte{}
	if err := s.Each(func(p Parsed) error { lines[p.ID] = p.Line; return nil }); err != nil {
		return nil, fmt.Errorf("reading the previous snapshot: %w", err)
	}
	content := make([]byte, 0, len(s.Content))
	for _, id := range slices.SortedFunc(maps.Keys(lines), compareIDs) {
		content = append(append(content, lines[id]...), '\n')
	}
	return content, nil
}
