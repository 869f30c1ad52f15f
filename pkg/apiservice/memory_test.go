package apiservice

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemoryLimit(t *testing.T) {
	for name, c := range map[string]struct {
		why     string
		content int64
		want    string
	}{
		"nothing yet":         {"a small registry is the normal case", 0, "512Mi"},
		"10,000 servers":      {"two snapshots fit many times", 14 << 20, "512Mi"},
		"100,000 servers":     {"still", 140 << 20, "512Mi"},
		"the public registry": {"187,000 versions need 0.7 GB while they are swapped", 268 << 20, "1Gi"},
		"the most there is":   {"what storage takes can be served", 512 << 20, "2Gi"},
	} {
		t.Run(name, func(t *testing.T) {
			limit := memoryLimit(c.content)
			require.Equal(t, c.want, limit.String(), c.why)
		})
	}
}
