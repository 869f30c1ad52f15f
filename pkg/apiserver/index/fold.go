package index

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold gives texts that differ only in case or in kind of line break the same
// spelling. A folded text is valid UTF-8 and holds no '\n'.
func Fold(text string) string {
	if isFolded(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

// isFolded says whether an ASCII text is folded; it does not know for others.
func isFolded(text string) bool {
	for i := range len(text) {
		if c := text[i]; 'A' <= c && c <= 'Z' || c == '\n' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendFolded appends the folded text.
func appendFolded(to []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= utf8.RuneSelf:
			for _, r := range text[i:] {
				to = utf8.AppendRune(to, foldRune(r))
			}
			return to
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case c == '\n':
			c = ' '
		}
		to = append(to, c)
	}
	return to
}

func foldRune(r rune) rune {
	if r == '\n' {
		return ' '
	}
	return unicode.ToLower(r)
}
