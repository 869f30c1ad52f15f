package oracle

import (
	"errors"
	"strings"
)

// The table stands between these lines of the document.
const (
	tableBegin = "<!-- The table is made from the list in tests/conformance/oracle; make conformance-docs writes it. -->\n"
	tableEnd   = "<!-- End of the table. -->\n"
)

// table is the list of differences for people.
func table(all []difference) string {
	var b strings.Builder
	b.WriteString("| question | official registry | here | why |\n|---|---|---|---|\n")
	for _, d := range all {
		b.WriteString("| " + strings.Join([]string{d.what, d.theirs, d.ours, d.why}, " | ") + " |\n")
	}
	return b.String()
}

// withTable returns the document with the table in its place.
func withTable(document string, all []difference) (string, error) {
	before, rest, found := strings.Cut(document, tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		return "", errors.New("the document has no place for the table")
	}
	return before + tableBegin + table(all) + tableEnd + after, nil
}
