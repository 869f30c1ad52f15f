package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// now is later than everything in the tests, as seen by servers too.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func TestFollowsARegistry(t *testing.T) {
	p := newPublic(t, many(250)...)
	r := newReader(t, p.url)
	require.True(t, r.sync())
	require.Equal(t, p.holds(), r.holds())
	require.Len(t, p.asked(), 4, "three pages, and a look at what changed meanwhile")

	p.forget()
	require.False(t, r.sync())
	require.Len(t, p.asked(), 1, "nothing new is one small request")
	require.Less(t, p.bytes, 100)

	p.put(
		row{name: "io.test/s00007", version: "1.0.0", text: "two", updated: now()},
		row{name: "io.test/s00007", version: "1.1.0", text: "new", updated: now(), latest: true},
		row{name: "io.test/s00009", version: "1.0.0", text: "one", status: "deleted", updated: now(), latest: true},
		row{name: "io.test/s00011", version: "1.0.0", text: "one", status: "deprecated", updated: now(), latest: true},
	)
	p.forget()
	require.True(t, r.sync())
	require.Equal(t, p.holds(), r.holds(), "what is new, changed, deprecated or deleted is taken over")
	require.Len(t, p.asked(), 1)

	require.False(t, r.sync(), "what is read again because of the overlap is no news")
}

// A restart has nothing but the revision and what is stored.
func TestResumesAfterARestart(t *testing.T) {
	p := newPublic(t, many(300)...)
	before := newReader(t, p.url)
	before.sync()
	p.put(row{name: "io.test/new", version: "1.0.0", text: "x", updated: now(), latest: true})

	after := newReader(t, p.url)
	after.stored, after.revision = before.stored, before.revision
	p.forget()
	require.True(t, after.sync())
	require.Len(t, p.asked(), 1)
	require.Equal(t, p.holds(), after.holds())
}

func TestWhenChangesAreNotEnough(t *testing.T) {
	tests := map[string]struct {
		why   string
		setup func(p *public, r *reader)
		after func(p *public, r *reader)
	}{
		"no deleted entries": {
			why:   "a registry that shows none may drop one without a trace",
			setup: func(p *public, _ *reader) { p.remove("io.test/s00000:1.0.0") },
			after: func(p *public, _ *reader) { p.remove("io.test/s00005:1.0.0") },
		},
		"no times": {
			why: "a registry without updatedAt cannot say what changed",
			setup: func(p *public, _ *reader) {
				for key, e := range p.rows {
					e.updated = time.Time{}
					p.rows[key] = e
				}
			},
			after: func(p *public, _ *reader) {
				p.put(row{name: "io.test/s00005", version: "1.0.0", text: "two", latest: true})
			},
		},
		"a day later": {
			why: "once a day everything is read, whatever the registry promises",
			after: func(p *public, r *reader) {
				r.cfg.FullEvery = time.Nanosecond
				p.remove("io.test/s00005:1.0.0")
			},
		},
		"nothing stored": {
			why:   "there is nothing to put the changes over",
			after: func(_ *public, r *reader) { r.stored.Content, r.stored.Servers = nil, 0 },
		},
		"damaged": {
			why:   "what cannot be read is read again from the source",
			after: func(_ *public, r *reader) { r.stored.Content = r.stored.Content[:len(r.stored.Content)/2] },
		},
		"strange revision": {
			why:   "another version of the operator may have written it",
			after: func(_ *public, r *reader) { r.revision = "4f2c: many entries" },
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPublic(t, many(150)...)
			r := newReader(t, p.url)
			if test.setup != nil {
				test.setup(p, r)
			}
			require.True(t, r.sync())
			test.after(p, r)
			p.forget()
			if name == "damaged" {
				content, err := r.fetch(r.revision)
				require.NoError(t, err)
				require.Len(t, parse(t, content), 150)
			} else {
				r.sync()
				require.Equal(t, p.holds(), r.holds(), test.why)
			}
			require.Contains(t, strings.Join(p.asked(), " "), "include_deleted", test.why)
		})
	}
}

func TestLatestMovesOn(t *testing.T) {
	p := newPublic(t, append(many(120),
		row{name: "io.test/x", version: "2.0.0", text: "a", updated: long, latest: true})...)
	r := newReader(t, p.url)
	r.sync()
	// The registry changes the old one's metadata without a word.
	p.put(
		row{name: "io.test/x", version: "2.0.0", text: "a", updated: long},
		row{name: "io.test/x", version: "1.9.0", text: "b", updated: now(), latest: true},
	)
	p.forget()
	require.True(t, r.sync())
	require.Len(t, p.asked(), 1)
	require.Equal(t, p.holds(), r.holds())
}

// Many entries may have been touched and not changed. They must not be read
// again at every look.
func TestTouchedEntries(t *testing.T) {
	p := newPublic(t, many(250)...)
	r := newReader(t, p.url)
	r.sync()
	r.cfg.Overlap = time.Nanosecond
	for _, e := range many(250) {
		e.updated = now().Add(-time.Hour)
		p.put(e)
	}
	held := r.holds()
	require.True(t, r.sync(), "the checkpoint moves on")
	require.Equal(t, held, r.holds())
	p.forget()
	require.False(t, r.sync())
	require.Len(t, p.asked(), 1)
}

// An entry from a far future must not hide all that comes before.
func TestWrongClocks(t *testing.T) {
	future := row{name: "io.test/future", version: "1.0.0", text: "f", updated: now().AddDate(500, 0, 0), latest: true}
	p := newPublic(t, append(many(150), future)...)
	r := newReader(t, p.url)
	r.sync()
	p.put(row{name: "io.test/new", version: "1.0.0", text: "x", updated: now(), latest: true})
	require.True(t, r.sync())
	require.Equal(t, p.holds(), r.holds())
}

// What others put into the _meta of an entry is mirrored, by a crawl and by changes,
// and stays with an entry that is the latest no more.
func TestForeignMetaIsMirrored(t *testing.T) {
	p := newPublic(t, append(many(120),
		row{name: "io.test/x", version: "1.0.0", text: "a", updated: long, latest: true, foreign: "kept"},
		row{name: "io.test/y", version: "1.0.0", text: "a", updated: long, latest: true, foreign: "one"})...)
	r := newReader(t, p.url)
	require.True(t, r.sync())
	require.Equal(t, p.holds(), r.holds())
	require.False(t, r.sync())

	p.put(
		row{name: "io.test/x", version: "1.0.0", text: "a", updated: long, foreign: "kept"},
		row{name: "io.test/x", version: "2.0.0", text: "b", updated: now(), latest: true},
		row{name: "io.test/y", version: "1.0.0", text: "a", updated: now(), latest: true, foreign: "two"},
	)
	p.forget()
	require.True(t, r.sync())
	require.Equal(t, p.holds(), r.holds())
	require.Len(t, p.asked(), 1)
	require.False(t, r.sync(), "what is read again because of the overlap is no news")

	p.put(row{name: "io.test/y", version: "1.0.0", text: "a", updated: now(), latest: true})
	require.True(t, r.sync(), "that it is gone is news too")
	require.Equal(t, p.holds(), r.holds())
}
