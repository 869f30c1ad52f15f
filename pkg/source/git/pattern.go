package git

import (
	"path"
	"slices"
	"strings"
)

const (
	// anyDepth is the segment of a pattern that stands for any number of folders.
	anyDepth = "**"
	// serverFile is what a folder of a catalogue holds.
	serverFile = "server.json"
)

// pattern is a glob, split at its slashes. A segment equals the name or matches
// it as in [path.Match]; anyDepth is any number of folders, also none.
type pattern []string

// state is the set of segments that may match the next name of a path, in
// ascending order. That all of them are followed at once makes a match linear,
// whatever the pattern is.
type state []int

// isPattern says whether p is more than one path.
func isPattern(p string) bool { return strings.ContainsAny(p, `*?[\`) }

// checkPattern refuses what can match nothing.
func checkPattern(p string) error {
	for segment := range strings.SplitSeq(p, "/") {
		if _, err := path.Match(segment, ""); err != nil {
			return invalid("git.path %q is not a valid pattern: %q is malformed", p, segment)
		}
	}
	return nil
}

func (p pattern) start() state { return p.closure(state{0}) }

// step returns what may follow after a name, and whether a segment other than
// anyDepth has matched it.
func (p pattern) step(s state, name string) (next state, named bool) {
	for _, i := range s {
		switch {
		case i == len(p):
		case p[i] == anyDepth:
			next = append(next, i)
		case p[i] == name || matches(p[i], name):
			next = append(next, i+1)
			named = true
		}
	}
	return p.closure(next), named
}

// closure adds what is reached by letting an anyDepth stand for nothing.
func (p pattern) closure(s state) state {
	for at := 0; at < len(s); at++ {
		if i := s[at]; i < len(p) && p[i] == anyDepth {
			s = append(s, i+1)
		}
	}
	slices.Sort(s)
	return slices.Compact(s)
}

// whole says whether all of the pattern has been matched.
func (p pattern) whole(s state) bool { return len(s) > 0 && s[len(s)-1] == len(p) }

// goesOn says whether names may follow.
func (p pattern) goesOn(s state) bool { return len(s) > 0 && s[0] < len(p) }

func matches(segment, name string) bool {
	ok, err := path.Match(segment, name)
	return ok && err == nil
}
