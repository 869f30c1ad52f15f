package schema

import (
	"slices"
	"strconv"
	"strings"
)

const (
	// maxKey bounds what is repeated of a key that a source invented.
	maxKey = 40
	// maxChoices is how many ways to mend an entry are named.
	maxChoices = 3
)

// fault says what does not fit, and where.
type fault struct {
	// path is where, as in packages[0].identifier; "" is the entry itself.
	path   string
	reason string
}

func (f fault) String() string {
	if f.path == "" {
		return "it " + f.reason
	}
	return strings.TrimPrefix(f.path, ".") + " " + f.reason
}

var named = map[kind]string{'{': "an object", '[': "a list", '"': "a string", 't': "true or false"}

// wrong notes that the value at the walk does not fit. It is always false. Only
// loud walks have a use for it, and for the words.
func (w *walk) wrong(reason string) bool {
	w.fault = fault{reason: reason}
	return false
}

func (w *walk) wrongAt(key, reason string) bool {
	w.fault = fault{step(key), reason}
	return false
}

// inMember and inElement note the way to a fault, from its end to its beginning.
func (w *walk) inMember(key []byte) bool {
	if w.loud {
		w.fault.path = step(string(key)) + w.fault.path
	}
	return false
}

func (w *walk) inElement(i int) bool {
	if w.loud {
		w.fault.path = "[" + strconv.Itoa(i) + "]" + w.fault.path
	}
	return false
}

// step is a literal key as a part of a path.
func step(literal string) string {
	key := literal[1 : len(literal)-1]
	if isPlain([]byte(strings.ReplaceAll(key, "$", "_")), true) && !strings.Contains(key, ".") && len(key) <= maxKey {
		return "." + key
	}
	if len(key) > maxKey {
		key = strings.ToValidUTF8(key[:maxKey], "") + "…"
	}
	return "[" + strconv.Quote(key) + "]"
}

// likeliest is what is to be told of a value that fits none of several schemas.
// They differ in their type: the one that has the right type was meant.
func likeliest(faults []fault) fault {
	for _, f := range faults {
		if f.path != ".type" {
			return alternatives(slices.DeleteFunc(faults, func(other fault) bool { return other.path == ".type" }))
		}
	}
	return alternatives(faults)
}

// alternatives puts faults together of which one has to be mended.
func alternatives(faults []fault) fault {
	first := faults[0]
	for _, f := range faults[1:min(len(faults), maxChoices)] {
		if f != faults[0] {
			first.reason += ", or " + f.String()
		}
	}
	return first
}

func listed(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = strconv.Quote(value)
	}
	return strings.Join(quoted, " or ")
}
