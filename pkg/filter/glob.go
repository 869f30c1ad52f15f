package filter

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxPattern bounds a glob's length in bytes; names have at most 200.
const maxPattern = 1024

// glob is a compiled pattern.
type glob struct {
	// slash is true for a pattern that holds a "/".
	slash bool
	// parts are what lies between stars, of a pattern without any other magic.
	parts []string
	// expression is the translation; Go's regular expressions do not backtrack.
	expression *regexp.Regexp
}

func (g glob) match(name string) bool {
	if g.parts == nil {
		return g.expression.MatchString(name)
	}
	last := len(g.parts) - 1
	if last == 0 {
		return name == g.parts[0]
	}
	rest, found := strings.CutPrefix(name, g.parts[0])
	for _, part := range g.parts[1:last] {
		// The first place is as good as any: a star makes up for the rest.
		if found {
			_, rest, found = strings.Cut(rest, part)
		}
	}
	return found && strings.HasSuffix(rest, g.parts[last])
}

// compile translates a glob. Unlike path.Match, * and ? match "/" too: names
// are not paths, and an exclude of "*-remote" means every such server.
func compile(pattern string) (glob, error) {
	switch {
	case pattern == "":
		return glob{}, errEmpty
	case len(pattern) > maxPattern:
		return glob{}, fmt.Errorf("it is longer than %d bytes", maxPattern)
	case !utf8.ValidString(pattern):
		return glob{}, errors.New("it is not valid UTF-8")
	}
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for rest := []rune(pattern); len(rest) > 0; {
		var part string
		var err error
		if part, rest, err = translate(rest); err != nil {
			return glob{}, err
		}
		b.WriteString(part)
	}
	b.WriteString(`\z`)
	expression, err := regexp.Compile(b.String())
	if err != nil {
		return glob{}, fmt.Errorf("it cannot be compiled: %w", err)
	}
	compiled := glob{slash: strings.Contains(pattern, "/"), expression: expression}
	if !strings.ContainsAny(pattern, `?[\`) {
		compiled.parts = strings.Split(pattern, "*")
	}
	return compiled, nil
}

// translate translates the first element of a glob that is not empty.
func translate(glob []rune) (part string, rest []rune, err error) {
	switch glob[0] {
	case '*':
		return `.*`, glob[1:], nil
	case '?':
		return `.`, glob[1:], nil
	case '[':
		return translateSet(glob[1:])
	}
	literal, rest, err := plain(glob)
	return regexp.QuoteMeta(string(literal)), rest, err
}

// translateSet translates a set whose opening bracket has been taken. A "]" that
// comes first is an element, as in the shell.
func translateSet(glob []rune) (part string, rest []rune, err error) {
	open := "["
	if len(glob) > 0 && (glob[0] == '!' || glob[0] == '^') {
		open, glob = "[^", glob[1:]
	}
	var elements strings.Builder
	for len(glob) > 0 && (glob[0] != ']' || elements.Len() == 0) {
		var low, high rune
		if low, high, glob, err = between(glob); err != nil {
			return "", nil, err
		}
		fmt.Fprintf(&elements, `\x{%x}-\x{%x}`, low, high)
	}
	if len(glob) == 0 {
		return "", nil, errors.New("a set is not closed: ] is missing")
	}
	return open + elements.String() + "]", glob[1:], nil
}

// between takes an element of a set: a range such as a-z, or one character,
// which is a range from itself to itself.
func between(glob []rune) (low, high rune, rest []rune, err error) {
	if low, rest, err = plain(glob); err != nil {
		return 0, 0, nil, err
	}
	if len(rest) < 2 || rest[0] != '-' || rest[1] == ']' {
		return low, low, rest, nil
	}
	if high, rest, err = plain(rest[1:]); err != nil {
		return 0, 0, nil, err
	}
	if high < low {
		return 0, 0, nil, fmt.Errorf("the range %c-%c is upside down", low, high)
	}
	return low, high, rest, nil
}

// plain takes one character that stands for itself, perhaps behind a backslash.
func plain(glob []rune) (literal rune, rest []rune, err error) {
	if glob[0] != '\\' {
		return glob[0], glob[1:], nil
	}
	if len(glob) == 1 {
		return 0, nil, errors.New(`it ends with a single \`)
	}
	return glob[1], glob[2:], nil
}
