package browse

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Ranks of a match, the best first; the package's documentation describes them.
const (
	exactName = iota
	exactPart
	prefixOfPart
	wordOfName
	wordOfTitle
	wordOfDescription
	insideWords
	ranks // how many there are
)

const lastRank = ranks - 1

// rank says how well a record matches that is known to match. text is its name,
// title and description as package index has them.
func (q *Query) rank(text string) int {
	name, rest, _ := strings.Cut(text, "\n")
	if name == q.Text {
		return exactName
	}
	part := name[strings.LastIndexByte(name, '/')+1:]
	if hasPrefix(part, q.Text) {
		if len(part) == len(q.Text) {
			return exactPart
		}
		return prefixOfPart
	}
	title, description, _ := strings.Cut(rest, "\n")
	worst := 0
	for _, word := range q.words {
		worst = max(worst, rankOfWord(word, name, title, description))
		if worst == lastRank {
			break
		}
	}
	return worst
}

// hasPrefix lets blanks of the prefix match what separates words in names.
func hasPrefix(part, prefix string) bool {
	if len(part) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		p, c := part[i], prefix[i]
		if p != c && (c != ' ' || p != '-' && p != '_' && p != '.') {
			return false
		}
	}
	return true
}

func rankOfWord(word, name, title, description string) int {
	switch {
	case beginsWord(name, word):
		return wordOfName
	case beginsWord(title, word):
		return wordOfTitle
	case beginsWord(description, word):
		return wordOfDescription
	}
	return insideWords
}

// beginsWord says whether a word of text begins with prefix.
func beginsWord(text, prefix string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], prefix)
		if at < 0 {
			return false
		}
		from += at
		if from == 0 || !endsInWord(text[:from]) {
			return true
		}
		from += len(prefix)
	}
}

func endsInWord(text string) bool {
	c := text[len(text)-1]
	if c < utf8.RuneSelf {
		return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' // it is folded
	}
	r, _ := utf8.DecodeLastRuneInString(text)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
