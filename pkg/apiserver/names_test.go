package apiserver

import (
	"fmt"
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

// Names share slots, whatever their hashes are.
func TestManyNamesAreFound(t *testing.T) {
	const many = 5000
	name := func(number int32) string { return fmt.Sprintf("a/%04d", number) }
	n := newNames()
	for number := range int32(many) {
		n.add(name(number), 2*number)
	}
	n.finish(2 * many)
	for number := range int32(many) {
		got, known := n.find(name(number))
		require.True(t, known, number)
		require.Equal(t, span{2 * number, 2*number + 2}, got)
		_, known = n.find("b" + name(number))
		require.False(t, known, number)
	}
}

// A hash that another name has leads to that one; it is not taken for what was asked.
func TestNamesWithOneHash(t *testing.T) {
	n := threeNames()
	at, _ := n.hash("a/b")
	for n.table[at].number != 1 {
		at = n.behind(at)
	}
	n.table[at].number = 3
	_, known := n.find("a/b")
	require.False(t, known)
}

func TestNamesSayWhereANameWouldBe(t *testing.T) {
	n := threeNames()
	for name, want := range map[string]int32{"": 0, "a/ba": 2, "a/d": 3, "ö": 6} {
		require.Equal(t, want, n.after(name), name)
	}
}

func TestNoNames(t *testing.T) {
	n := newNames()
	n.finish(0)
	_, known := n.find("a/b")
	require.False(t, known)
	require.Zero(t, n.count())
}
