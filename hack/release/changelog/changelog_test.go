package changelog

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMarkdown(t *testing.T) {
	tests := map[string]struct {
		why     string
		release Release
		want    string
	}{
		"grouped": {
			"the first word says what a commit is, and the oldest comes first",
			Release{"1.1.0", "2026-01-02", "v1.0.0", []string{"Hand the proxy on", "Fix the clock", "Add a page", "Add sources", "Drop v0"}},
			"# 1.1.0 (2026-01-02)\n\nChanges since v1.0.0.\n" +
				"\n## Removed\n\n- Drop v0\n\n## Added\n\n- Add sources\n- Add a page\n\n## Fixed\n\n- Fix the clock\n\n## Changed\n\n- Hand the proxy on\n",
		},
		"first": {
			"there is nothing to compare with",
			Release{"0.1.0", "2026-01-02", "", []string{"Document it"}},
			"# 0.1.0 (2026-01-02)\n\nThe first release.\n\n## Documents and tests\n\n- Document it\n",
		},
		"markup": {
			"a glob in a subject is no emphasis",
			Release{"0.1.1", "2026-01-02", "v0.1.0", []string{"Let * match <all> of a_b"}},
			"# 0.1.1 (2026-01-02)\n\nChanges since v0.1.0.\n\n## Added\n\n- Let \\* match &lt;all> of a\\_b\n",
		},
		"empty": {
			"a release of the same commit has no headings",
			Release{"1.0.1", "2026-01-02", "v1.0.0", nil},
			"# 1.0.1 (2026-01-02)\n\nChanges since v1.0.0.\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, test.release.Markdown(), test.why) })
	}
}
