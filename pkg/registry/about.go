package registry

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of an [About]. It is kept with every snapshot and read by people: a
// hostile source must not make it large.
const (
	// MaxRejectedEntries is how many rejected entries are listed; all are counted.
	MaxRejectedEntries = 500
	// MaxSourceStates is how many sources are described.
	MaxSourceStates = 20

	maxText        = 200
	maxDisplayName = 1024
	// maxRejectedBytes is what the listed entries may take in JSON.
	maxRejectedBytes = 192 << 10
)

// About is what is known of a snapshot besides its records. It holds nothing
// that changes without a reason, such as the time of the last look: what is
// equal is not written again.
type About struct {
	// DisplayName is the registry's name for people.
	DisplayName string `json:"displayName,omitempty"`
	// Sources are what the snapshot was made from, in the order of the spec.
	Sources []SourceState `json:"sources,omitempty"`
	// Rejected are the first of the entries that were left out.
	Rejected []RejectedEntry `json:"rejected,omitempty"`
}

// SourceState is how one source was when the snapshot was made from it.
type SourceState struct {
	// Name is the source's name; an only source has none.
	Name string `json:"name,omitempty"`
	// Type is the kind of source, as in spec.source.type.
	Type string `json:"type,omitempty"`
	// Revision is the source's own name for its state.
	Revision string `json:"revision,omitempty"`
	// Digest is that of the source's last good data, where that is kept apart
	// from what is served: a registry with one source has none.
	Digest Digest `json:"digest,omitempty"`
	// Servers is the number of valid entries, before the filter.
	Servers int `json:"servers"`
	// Rejected is the number of entries that were left out because they are not valid.
	Rejected int `json:"rejected"`
}

// RejectedEntry says why an entry of a source was left out.
type RejectedEntry struct {
	// Source is the name of the source; an only source has none.
	Source string `json:"source,omitempty"`
	// Entry is the entry's name, or its position ("#12") when it has none.
	Entry string `json:"entry"`
	// Reason is one line for a person.
	Reason string `json:"reason"`
}

// Bounded returns a with long lists and texts cut. What it returns is the same
// after a way through JSON, and bounding it again changes nothing.
func (a About) Bounded() About {
	bounded := About{DisplayName: cut(a.DisplayName, maxDisplayName)}
	for _, s := range a.Sources[:min(len(a.Sources), MaxSourceStates)] {
		s.Name, s.Type, s.Revision = cut(s.Name, maxText), cut(s.Type, maxText), cut(s.Revision, maxText)
		s.Digest = Digest(cut(string(s.Digest), maxText))
		bounded.Sources = append(bounded.Sources, s)
	}
	bytes := 0
	for _, r := range a.Rejected[:min(len(a.Rejected), MaxRejectedEntries)] {
		r = RejectedEntry{Source: cut(r.Source, maxText), Entry: cut(r.Entry, maxText), Reason: cut(r.Reason, maxText)}
		if bytes += written(r.Source) + written(r.Entry) + written(r.Reason) + len(`{"source":"","entry":"","reason":""},`); bytes > maxRejectedBytes {
			break
		}
		bounded.Rejected = append(bounded.Rejected, r)
	}
	return bounded
}

// written is how many bytes a text takes in JSON at the most. A text of nothing
// but "<" takes six times its length.
func written(text string) int {
	bytes := len(text)
	for _, r := range text {
		switch {
		case r < ' ', r == '<', r == '>', r == '&', r == '\u2028', r == '\u2029', r == utf8.RuneError:
			bytes += 5
		case r == '"', r == '\\':
			bytes++
		}
	}
	return bytes
}

// Equal says whether a and b are the same.
func (a About) Equal(b About) bool {
	return a.DisplayName == b.DisplayName && slices.Equal(a.Sources, b.Sources) && slices.Equal(a.Rejected, b.Rejected)
}

// cut makes text valid UTF-8 of at most limit bytes, with a mark where something
// is missing.
func cut(text string, limit int) string {
	const mark = "…"
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	if len(text) <= limit {
		return text
	}
	end := limit - len(mark)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + mark
}
