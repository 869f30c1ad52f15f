package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// kindError says that a value is of another kind than the format wants there.
type kindError struct {
	where string
	// want and got are '{' or '['; got is 0 for any other value.
	want, got json.Delim
}

func (e *kindError) Error() string {
	kinds := map[json.Delim]string{'{': "an object", '[': "a list", 0: "neither object nor list"}
	return fmt.Sprintf("%s must be %s but is %s", e.where, kinds[e.want], kinds[e.got])
}

// stream walks a JSON text element by element.
type stream struct{ decoder *json.Decoder }

func newStream(data []byte) stream {
	return stream{json.NewDecoder(bytes.NewReader(data))}
}

// open takes the bracket that begins an object or a list. It returns 0 for
// null, which Go programs write for an empty one.
func (s stream) open(where string, allowed ...json.Delim) (json.Delim, error) {
	token, err := s.decoder.Token()
	if errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("%s is empty", where)
	}
	if err != nil || token == nil {
		return 0, err
	}
	got, _ := token.(json.Delim)
	if slices.Contains(allowed, got) {
		return got, nil
	}
	return 0, &kindError{where: where, want: allowed[0], got: got}
}

// members calls visit after each key of an opened object; visit takes the value.
func (s stream) members(visit func(key string) error) error {
	for s.decoder.More() {
		token, err := s.decoder.Token()
		if err != nil {
			return cutOff(err)
		}
		key, _ := token.(string)
		if err := visit(key); err != nil {
			return err
		}
	}
	return s.close()
}

// elements calls visit before each element of an opened list with its position,
// from 1; visit takes the element.
func (s stream) elements(visit func(position int) error) error {
	for position := 1; s.decoder.More(); position++ {
		if err := visit(position); err != nil {
			return err
		}
	}
	return s.close()
}

func (s stream) close() error {
	_, err := s.decoder.Token()
	return cutOff(err)
}

// raw takes the next value as it is written.
func (s stream) raw() (json.RawMessage, error) {
	var value json.RawMessage
	err := s.decoder.Decode(&value)
	return value, cutOff(err)
}

func (s stream) skip() error {
	_, err := s.raw()
	return err
}

// end checks that nothing follows.
func (s stream) end() error {
	_, err := s.decoder.Token()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.New("the file goes on after the end of the registry")
}

// cutOff words the end of the text where something must still follow.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is not valid JSON: it is cut off")
	}
	return err
}
