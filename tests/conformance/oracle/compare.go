package oracle

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// verdict is what became of a question.
type verdict struct {
	same bool
	// by are the numbers of the differences that explain why the answers differ.
	by []int
	// unexplained is what still differs after all of them; empty if nothing does.
	unexplained string
}

// judge compares two answers to a question.
func judge(q question, theirs, ours answer, known []difference) verdict {
	if reflect.DeepEqual(theirs, ours) {
		return verdict{same: true}
	}
	original := fmt.Sprintf("%s\nofficial: %s\nours:     %s", q, theirs.short(), ours.short())
	var v verdict
	for i, d := range known {
		a, b := theirs.clone(), ours.clone()
		d.settle(q, &a, &b)
		if !closer(theirs, ours, a, b) {
			continue
		}
		theirs, ours = a, b
		v.by = append(v.by, i)
		if reflect.DeepEqual(theirs, ours) {
			return v
		}
	}
	v.unexplained = original
	return v
}

// closer reports whether settling changed the answers to more alike ones.
func closer(theirs, ours, a, b answer) bool {
	if reflect.DeepEqual(theirs, a) && reflect.DeepEqual(ours, b) {
		return false
	}
	return reflect.DeepEqual(a, b) || apart(a, b) < apart(theirs, ours)
}

// apart counts in how many places two answers differ.
func apart(a, b answer) int {
	n := 0
	for _, differs := range []bool{
		a.Status != b.Status, a.ContentType != b.ContentType, a.List != b.List, a.More != b.More,
		!reflect.DeepEqual(a.Sizes, b.Sizes), !reflect.DeepEqual(a.Body, b.Body),
	} {
		if differs {
			n++
		}
	}
	mine := map[string]record{}
	for _, r := range a.Records {
		mine[r.id()] = r
	}
	for i, r := range b.Records {
		other, found := mine[r.id()]
		delete(mine, r.id())
		switch {
		case !found:
			n += 3
		case i >= len(a.Records) || a.Records[i].id() != r.id():
			n++
			fallthrough
		default:
			n += fields(other.Server, r.Server) + fields(other.Meta, r.Meta)
		}
	}
	return n + 3*len(mine)
}

// fields counts the members that differ, of members too.
func fields(a, b map[string]any) int {
	n := 0
	for key, value := range b {
		inner, isObject := value.(map[string]any)
		other, alike := a[key].(map[string]any)
		if isObject && alike {
			n += fields(other, inner)
		} else if !reflect.DeepEqual(a[key], value) {
			n++
		}
	}
	for key := range a {
		if _, both := b[key]; !both {
			n++
		}
	}
	return n
}

// clone copies an answer as far as settling changes it in place. Entries and
// bodies are shared: who changes one copies it first, see [answer.each].
func (a answer) clone() answer {
	a.Records, a.Sizes = slices.Clone(a.Records), slices.Clone(a.Sizes)
	return a
}

// copyOf copies an object with all objects in it.
func copyOf(o map[string]any) map[string]any {
	c := make(map[string]any, len(o))
	for key, value := range o {
		if inner, isObject := value.(map[string]any); isObject {
			value = copyOf(inner)
		}
		c[key] = value
	}
	return c
}

// short is an answer for a person.
func (a answer) short() string {
	if !a.List {
		return fmt.Sprintf("%d %s %.500v", a.Status, a.ContentType, a.Body)
	}
	var ids []string
	for _, r := range a.Records[:min(len(a.Records), 20)] {
		ids = append(ids, r.id())
	}
	return fmt.Sprintf("%d, pages of %v, more: %t: %s", a.Status, a.Sizes, a.More, strings.Join(ids, " "))
}
