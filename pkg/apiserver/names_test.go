package apiserver

import (
	"hash/maphash"
	"testing"

	"github.com/stretchr/testify/require"
)

// threeNames have two, one and three records.
func threeNames() names {
	n := newNames()
	n.add("a/b", 0)
	n.add("a/c", 2)
	n.add("ä/d", 3)
	n.finish(6)
	return n
}

func TestNamesAreFound(t *testing.T) {
	n := threeNames()
	for name, want := range map[string]span{"a/b": {0, 2}, "a/c": {2, 3}, "ä/d": {3, 6}} {
		got, known := n.find(name)
		require.True(t, known, name)
		require.Equal(t, want, got, name)
	}
	for _, name := range []string{"", "a", "a/", "a/ba", "a/ca", "ä/e"} {
		_, known := n.find(name)
		require.False(t, known, name)
	}
}

// A hash that two names have leads to one of them; the other is found all the same.
func TestNamesWithOneHash(t *testing.T) {
	n := threeNames()
	hash := func(name string) uint64 { return maphash.String(n.seed, name) }
	n.byHash[hash("a/b")] = n.byHash[hash("ä/d")]
	n.byHash[hash("absent")] = n.byHash[hash("a/c")]
	got, known := n.find("a/b")
	require.True(t, known)
	require.Equal(t, span{0, 2}, got)
	_, known = n.find("absent")
	require.False(t, known)
}

func TestNamesSayWhereANameWouldBe(t *testing.T) {
	n := threeNames()
	for name, want := range map[string]int32{"": 0, "a/b": 0, "a/ba": 1, "a/d": 2, "ö": 3} {
		got, _ := n.search(name)
		require.Equal(t, want, got, name)
	}
}

func TestNoNames(t *testing.T) {
	n := newNames()
	n.finish(0)
	_, known := n.find("a/b")
	require.False(t, known)
	require.Zero(t, n.count())
}
