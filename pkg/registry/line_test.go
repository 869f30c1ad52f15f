package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is written by hand is what encoding/json writes.
func TestOfficialIsAsEncodingJSONWritesIt(t *testing.T) {
	at := time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	times := []time.Time{{}, at, at.Add(time.Nanosecond * 120), at.In(time.FixedZone("x", 3600)), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), at}
	var w lineWriter
	for _, status := range []Status{"", StatusActive, StatusDeprecated, StatusDeleted, "odd<>\""} {
		for _, message := range []string{"", "use <b> & \u2028"} {
			for i := range times {
				o := Official{
					Status: status, StatusMessage: message, IsLatest: i%2 == 0,
					StatusChangedAt: times[i], PublishedAt: times[(i+1)%len(times)], UpdatedAt: times[(i+2)%len(times)],
				}
				want, err := json.Marshal(o)
				require.NoError(t, err)
				w.text = w.text[:0]
				require.NoError(t, w.official(o))
				require.Equal(t, string(want), string(w.text))
			}
		}
	}
}

// A snapshot that was not built here may have its records in any order.
func TestPreviousOutOfOrder(t *testing.T) {
	at := time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	var servers []Server
	for i := range 9 {
		name := fmt.Sprintf("io.x/s%d", i)
		servers = append(servers, Server{Name: name, Version: "1", JSON: fmt.Appendf(nil, `{"name":%q,"version":"1"}`, name)})
	}
	previous, _, err := Build(servers, Snapshot{}, at)
	require.NoError(t, err)
	lines := bytes.SplitAfter(previous.Content, []byte{'\n'})
	slices.Reverse(lines)
	reversed := New(bytes.Join(append(lines, lines[2]), nil), 10)
	next, changes, err := Build(servers[1:], reversed, at.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, Changes{Removed: []string{"io.x/s0@1"}}, changes)
	require.Equal(t, strings.Join(strings.SplitAfter(string(previous.Content), "\n")[1:], ""), string(next.Content))
}

// A composition is written the same each time, and as Build has it in memory.
func TestComposeIsBuild(t *testing.T) {
	at := time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	var servers []Server
	for i := range 2000 { // more than is written at a time
		name := fmt.Sprintf("io.x/s%d", i/3)
		servers = append(servers, Server{
			Name: name, Version: strconv.Itoa(i % 3), StatusMessage: strings.Repeat("<", i%5),
			JSON: fmt.Appendf(nil, `{"name":%q,"version":"%d"}`, name, i%3),
		})
	}
	built, changes, err := Build(servers, Snapshot{}, at)
	require.NoError(t, err)
	composed, same, err := Compose(servers, Snapshot{}, at)
	require.NoError(t, err)
	require.Equal(t, changes, same)
	require.Equal(t, built.Summary(), composed.Summary())
	require.LessOrEqual(t, len(built.Content), composed.sizeAtMost())
	for range 2 {
		var content bytes.Buffer
		_, err := composed.WriteTo(&content)
		require.NoError(t, err)
		require.Equal(t, string(built.Content), content.String())
	}
}
