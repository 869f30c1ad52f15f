package schema

import (
	"bytes"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// fitsText holds a string, of which the literal is given, against a node.
func (w *walk) fitsText(n *node, literal []byte) bool {
	text := literal[1 : len(literal)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		meaning, err := registry.Text(literal)
		if err != nil {
			return w.loud && w.wrong(err.Error())
		}
		text = []byte(meaning)
	}
	if len(n.enum) > 0 && !slices.ContainsFunc(n.enum, func(value string) bool { return value == string(text) }) {
		return w.loud && w.wrong("must be "+listed(n.enum))
	}
	return w.fitsLength(n, text) && w.fitsForm(n, text)
}

func (w *walk) fitsLength(n *node, text []byte) bool {
	switch {
	case n.min > 0 && utf8.RuneCount(text) < n.min:
		return w.loud && w.wrong("must have at least "+count(n.min))
	case n.max >= 0 && len(text) > n.max && utf8.RuneCount(text) > n.max:
		return w.loud && w.wrong("must have at most "+count(n.max))
	}
	return true
}

func (w *walk) fitsForm(n *node, text []byte) bool {
	switch {
	case n.pattern != nil && !n.pattern.fits(text):
		return w.loud && w.wrong("does not match "+n.pattern.text)
	case n.uri && !isURI(text):
		return w.loud && w.wrong("must be an absolute URI")
	}
	return true
}

func count(n int) string {
	if n == 1 {
		return "1 character"
	}
	return strconv.Itoa(n) + " characters"
}

func (p *pattern) fits(text []byte) bool {
	return p.quick != nil && p.quick(text) || p.match(text)
}

// quick are ways to say yes to what usually stands in a registry. What they do
// not say yes to is left to the regular expression.
var quick = map[string]func([]byte) bool{
	`^[a-f0-9]{64}$`: func(text []byte) bool {
		for _, b := range text {
			if b-'0' > 9 && b-'a' > 5 {
				return false
			}
		}
		return len(text) == 64
	},
	`^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$`: func(text []byte) bool {
		before, after, found := bytes.Cut(text, []byte{'/'})
		return found && isPlain(before, false) && isPlain(after, true)
	},
	`^https?://[^\s]+$`: isPlainURL,
}

// isPlain says whether text has only letters, digits, dots and hyphens, or
// underscores where they are allowed, and at least one of them.
func isPlain(text []byte, underscores bool) bool {
	for _, b := range text {
		if b|0x20-'a' >= 26 && b-'0' > 9 && b != '.' && b != '-' && (b != '_' || !underscores) {
			return false
		}
	}
	return len(text) > 0
}

// isPlainURL says yes to most URLs of the web: a host and a path without
// anything that would need a second look.
func isPlainURL(text []byte) bool {
	rest, found := bytes.CutPrefix(text, []byte("https://"))
	if !found {
		if rest, found = bytes.CutPrefix(text, []byte("http://")); !found {
			return false
		}
	}
	host, path, _ := bytes.Cut(rest, []byte{'/'})
	if !isPlain(host, false) {
		return false
	}
	for len(path) > 0 {
		var segment []byte
		if segment, path, _ = bytes.Cut(path, []byte{'/'}); len(segment) > 0 && !isPlain(segment, true) {
			return false
		}
	}
	return true
}

// isURI is what the format uri means.
func isURI(text []byte) bool {
	if isPlainURL(text) {
		return true
	}
	u, err := url.Parse(string(text))
	if err != nil || !u.IsAbs() {
		return false
	}
	host := u.Hostname()
	if !strings.Contains(host, ":") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Is6() && address.Zone() == "" && strings.HasPrefix(u.Host, "[")
}
