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
			Name: name, Version: strconv.Itoa(i % 3), StatusMessage: strings.Repeat("<", i%5), Foreign: []byte([]string{"", `"x":{"y":1}`}[i%2]),
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

func TestForeign(t *testing.T) {
	const ours = `"` + OfficialKey + `":{"status":"active"}`
	for in, want := range map[string]string{
		``: "", `null`: "", `7`: "", `[{"a":1}]`: "", `{}`: "", `{` + ours + `}`: "",
		`{"a":1}`:                             `"a":1`,
		`{"a":1,` + ours + `}`:                `"a":1`,
		`{` + ours + `,"z":{"b":[1,2]}}`:      `"z":{"b":[1,2]}`,
		`{"a":1,` + ours + `,"y":",","z":{}}`: `"a":1,"y":",","z":{}`,
		`{"a":{` + ours + `},"b":"}"}`:        `"a":{` + ours + `},"b":"}"`,
	} {
		meta := json.RawMessage(in)
		got := Foreign(meta)
		require.Equal(t, want, string(got), in)
		require.Equal(t, want == "", got == nil, in)
		_ = append(got, '!')
		require.Equal(t, in, string(meta), "nobody can write behind it")
	}
	meta := json.RawMessage(`{` + ours + `}`)
	require.Zero(t, testing.AllocsPerRun(10, func() { Foreign(meta) }))
}

// What stands in foreign members never passes for the parts of a line.
func TestForeignMembersInALine(t *testing.T) {
	at := time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	server := `{"name":"a/b","version":"1","x":{"server":{},"_meta":{"` + OfficialKey + `":{"status":"deleted"}}}}`
	for _, message := range []string{"", "use <b>"} {
		for _, foreign := range []string{
			"", `"com.example/foreign":{"keep":true}`, `"a":1,"z":null`, `"a":"}}","b":[",\"_meta\":{"]`,
			`"a":{"b":1,"_meta":{"` + OfficialKey + `":{"status":"deleted","isLatest":false}}},"c":{"d":{"e":{}}}`,
		} {
			o := Official{Status: StatusActive, StatusMessage: message, StatusChangedAt: at, PublishedAt: at, UpdatedAt: at, IsLatest: true}
			var w lineWriter
			require.NoError(t, w.add([]byte(server), o, []byte(foreign)))
			line := bytes.TrimSuffix(w.text, []byte{'\n'})
			p, err := parseLine(line)
			require.NoError(t, err)
			require.Equal(t, o, p.Official)
			require.Equal(t, server, string(p.Server))
			require.Equal(t, foreign, string(p.Foreign))
			require.Equal(t, foreign == "", p.Foreign == nil)
			again, err := p.Rewritten()
			require.NoError(t, err)
			require.Equal(t, string(line), string(again))

			var record map[string]map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(line, &record), "a line is JSON: %s", line)
			require.NotEmpty(t, record["_meta"][OfficialKey])
		}
	}
}

// Lines as they have been stored so far are read, and written the same.
func TestLineWithoutForeignMembers(t *testing.T) {
	line := `{"server":{"description":"d","name":"a/b","version":"1"},"_meta":{"io.modelcontextprotocol.registry/official":` +
		`{"status":"active","statusChangedAt":"2026-11-03T08:00:00Z","publishedAt":"2026-11-03T08:00:00Z","updatedAt":"2026-11-03T08:00:00Z","isLatest":true}}}`
	p, err := parseLine([]byte(line))
	require.NoError(t, err)
	require.Nil(t, p.Foreign)
	again, err := p.Rewritten()
	require.NoError(t, err)
	require.Equal(t, line, string(again))
	for _, wrong := range []string{
		line[:len(line)-2] + `,}}`, line[:len(line)-2] + `"a":1}}`, line[:len(line)-2] + ` }}`, line[:len(line)-2] + `,1}}`, line[:len(line)-1],
	} {
		_, err := parseLine([]byte(wrong))
		require.Error(t, err, wrong)
	}
}

// Compositions hold foreign members, and a change of them alone is an update.
func TestForeignMembersAreContent(t *testing.T) {
	at := time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	server := func(version, foreign string) Server {
		s := Server{Name: "a/b", Version: version, JSON: fmt.Appendf(nil, `{"name":"a/b","version":%q}`, version)}
		if foreign != "" {
			s.Foreign = []byte(foreign)
		}
		return s
	}
	before, _, err := Build([]Server{server("1", ""), server("2", `"x":1`)}, Snapshot{}, at)
	require.NoError(t, err)
	for name, next := range map[string][2]string{"added": {`"x":1`, `"x":1`}, "changed": {"", `"x":2`}, "dropped": {"", ""}} {
		t.Run(name, func(t *testing.T) {
			servers := []Server{server("1", next[0]), server("2", next[1])}
			after, changes, err := Build(servers, before, at.Add(time.Hour))
			require.NoError(t, err)
			require.Len(t, changes.Updated, 1)
			require.Empty(t, slices.Concat(changes.Added, changes.Removed))
			require.NoError(t, after.Each(func(p Parsed) error {
				updated := p.String() == changes.Updated[0]
				require.Equal(t, updated, p.Official.UpdatedAt.After(at))
				require.Equal(t, at, p.Official.PublishedAt)
				require.Equal(t, at, p.Official.StatusChangedAt)
				return nil
			}))
			_, changes, err = Build(servers, after, at.Add(2*time.Hour))
			require.NoError(t, err)
			require.False(t, changes.Any())
		})
	}
	stated, err := ComposeStated([]Server{server("1", ""), server("2", `"x":1`)})
	require.NoError(t, err)
	var content bytes.Buffer
	_, err = stated.WriteTo(&content)
	require.NoError(t, err)
	require.Equal(t, stated.Summary().Digest, DigestOf(content.Bytes()))
	require.Contains(t, content.String(), `,"x":1}}`+"\n")
	_, err = ComposeStated([]Server{server("1", "\"x\":\n1")})
	require.Error(t, err, "it would tear the record")
}
