package changelog

import (
	"fmt"
	"slices"
	"strings"
)

// Release is what is written about.
type Release struct {
	Version string
	// Date is the release's day, as 2006-01-02.
	Date string
	// Previous is the tag of the release before, or "" for the first one.
	Previous string
	// Subjects are those of the commits since then, newest first.
	Subjects []string
}

// group is a heading with the first words that belong under it.
type group struct {
	heading string
	words   []string
}

// groups are in the order in which people want to know.
var groups = []group{
	{"Removed", []string{"Remove", "Drop", "Delete"}},
	{"Added", []string{"Add", "Bring", "Allow", "Let", "Support", "Show", "Offer", "Introduce"}},
	{"Fixed", []string{"Fix", "Repair", "Correct", "Stop", "Prevent"}},
	{"Changed", nil}, // everything else
	{"Documents and tests", []string{"Document", "Describe", "Explain", "Test", "Try", "Measure"}},
}

// Markdown is the text of a release.
func (r Release) Markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "# %s (%s)\n", r.Version, r.Date)
	if r.Previous == "" {
		text.WriteString("\nThe first release.\n")
	} else {
		fmt.Fprintf(&text, "\nChanges since %s.\n", r.Previous)
	}
	sorted := map[string][]string{}
	for _, subject := range r.Subjects {
		heading := headingOf(subject)
		sorted[heading] = append(sorted[heading], subject)
	}
	for _, g := range groups {
		if len(sorted[g.heading]) == 0 {
			continue
		}
		fmt.Fprintf(&text, "\n## %s\n\n", g.heading)
		for _, subject := range slices.Backward(sorted[g.heading]) { // oldest first, as it came about
			fmt.Fprintf(&text, "- %s\n", escape(subject))
		}
	}
	return text.String()
}

func headingOf(subject string) string {
	first, _, _ := strings.Cut(subject, " ")
	for _, g := range groups {
		if slices.Contains(g.words, first) {
			return g.heading
		}
	}
	return "Changed"
}

// escape keeps what a subject holds from becoming a mark-up.
func escape(subject string) string {
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "_", `\_`).Replace(subject)
}
