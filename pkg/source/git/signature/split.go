package signature

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Kind is a kind of Git object that can be signed.
type Kind string

// The kinds.
const (
	Commit Kind = "commit"
	Tag    Kind = "tag"
)

// ErrUnsigned says that an object has no signature.
var ErrUnsigned = errors.New("it is not signed")

// beginnings are how the signatures begin that git knows. X.509 is not supported.
var beginnings = []string{"-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----", "-----BEGIN SSH SIGNATURE-----", "-----BEGIN SIGNED MESSAGE-----"}

// Split takes the signature of a raw object apart from what it signs.
func Split(kind Kind, raw []byte) (signed, armored []byte, err error) {
	if kind == Tag {
		signed, armored = splitTag(raw)
	} else {
		signed, armored, err = splitCommit(raw)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(armored) == 0 {
		return nil, nil, ErrUnsigned
	}
	return signed, armored, nil
}

// splitCommit takes the signature out of a commit's header, where its lines after
// the first one begin with a space. The header of a signature over another hash is
// not signed either.
func splitCommit(raw []byte) (signed, armored []byte, err error) {
	end := bytes.Index(raw, []byte("\n\n"))
	if end < 0 {
		end = len(raw) - 1
	}
	found, within, ours := 0, false, false
	for line := range bytes.Lines(raw[:end+1]) {
		more, continued := bytes.CutPrefix(line, []byte(" "))
		if !continued {
			within = bytes.HasPrefix(line, []byte("gpgsig"))
			if more, ours = bytes.CutPrefix(line, []byte("gpgsig ")); ours {
				found++
			}
		}
		switch {
		case !within:
			signed = append(signed, line...)
		case ours:
			armored = append(armored, more...)
		}
	}
	if found > 1 {
		return nil, nil, fmt.Errorf("it has %d signatures, where git makes one", found)
	}
	return append(signed, raw[end+1:]...), armored, nil
}

// splitTag takes the signature from the end of a tag's message: it begins at the
// last line that looks like the beginning of one, as git has it.
func splitTag(raw []byte) (signed, armored []byte) {
	at, start := 0, len(raw)
	for line := range bytes.Lines(raw) {
		for _, beginning := range beginnings {
			if bytes.HasPrefix(line, []byte(beginning)) {
				start = at
			}
		}
		at += len(line)
	}
	return raw[:start], raw[start:]
}

// Header returns the values of the first headers of a signed object, which must be
// these and in this order, as git writes them.
func Header(signed []byte, names ...string) ([]string, error) {
	rest := string(signed)
	values := make([]string, 0, len(names))
	for _, name := range names {
		line, after, found := strings.Cut(rest, "\n")
		value, ok := strings.CutPrefix(line, name+" ")
		if !found || !ok {
			return nil, fmt.Errorf("its header does not say its %s where git writes it", name)
		}
		values, rest = append(values, value), after
	}
	return values, nil
}
