package oracle

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	officialtypes "github.com/modelcontextprotocol/registry/pkg/api/v0"
)

const officialKey = "io.modelcontextprotocol.registry/official"

// each has change work on a copy of every entry of an answer that is meant.
func (a *answer) each(meant func(name any) bool, change func(server, meta map[string]any)) {
	for i, r := range a.Records {
		if meant(r.Server["name"]) {
			r = record{copyOf(r.Server), copyOf(r.Meta)}
			change(r.Server, r.Meta)
			a.Records[i] = r
		}
	}
	body, _ := a.Body.(map[string]any)
	server, isServer := body["server"].(map[string]any)
	if isServer && meant(server["name"]) {
		body = copyOf(body)
		meta, _ := body["_meta"].(map[string]any)
		change(body["server"].(map[string]any), meta)
		a.Body = body
	}
}

// anyName matches every entry.
func anyName(any) bool { return true }

// ofEntries are about what is said of one entry.
func ofEntries() []difference {
	return []difference{
		{
			"fields that the official registry does not know, and values that say nothing (`false`, `\"\"`, `[]`)", "drops them", "keeps them",
			"What went in comes out: a client may know more of an entry than the registry does.",
			settleFields,
		},
		{
			"which of two versions is the latest that differ only in build metadata (`1.0.0+a`, `1.0.0+b`)", "the first, until a status changes, then the last that was published",
			"the last that was published, of these the last in spelling", "Semantic versioning does not order them; the answer must not depend on history.",
			settleLatest,
		},
	}
}

// settleFields has ours go through the official registry's types.
func settleFields(_ question, _, ours *answer) {
	ours.each(anyName, func(server, _ map[string]any) {
		data, err := json.Marshal(server)
		var typed officialtypes.ServerJSON
		if err != nil || json.Unmarshal(data, &typed) != nil {
			return
		}
		var known map[string]any
		if data, err = json.Marshal(typed); err != nil || json.Unmarshal(data, &known) != nil {
			return
		}
		clear(server)
		maps.Copy(server, known)
	})
}

// tied is the server of the corpus with two versions of equal precedence.
const tied = "com.example/same"

func settleLatest(q question, theirs, ours *answer) {
	if theirs.List && ours.List && q.parameter("version") != "" {
		with := func(r record) bool { return r.Server["name"] == tied }
		a, b := slices.DeleteFunc(theirs.Records, with), slices.DeleteFunc(ours.Records, with)
		if len(a) == len(b) && len(theirs.Records) != len(ours.Records) {
			theirs.Sizes, ours.Sizes = nil, nil
		}
		theirs.Records, ours.Records = a, b
		return
	}
	if strings.HasSuffix(q.path(), "/com.example%2Fsame/versions/latest") && statuses(theirs, ours, 200, 200) {
		agree(theirs, ours)
		return
	}
	for _, a := range []*answer{theirs, ours} {
		a.each(func(name any) bool { return name == tied }, func(_, meta map[string]any) {
			if official, ok := meta[officialKey].(map[string]any); ok {
				delete(official, "isLatest")
			}
		})
	}
}

// ofLists are about which entries a list holds, and how.
func ofLists() []difference {
	return []difference{
		{
			"`search`", "looks at the name", "looks at name, title and description",
			"People search for what a server does. Every record that the official registry finds is found.",
			func(q question, theirs, ours *answer) {
				wanted := strings.ToLower(q.parameter("search"))
				if wanted == "" || !theirs.List || !ours.List {
					return
				}
				more := func(r record) bool { return !strings.Contains(strings.ToLower(fmt.Sprint(r.Server["name"])), wanted) }
				kept := slices.DeleteFunc(slices.Clone(ours.Records), more)
				if len(kept) != len(ours.Records) && sameRecords(theirs.Records, kept, q.walk) {
					agree(theirs, ours)
				}
			},
		},
		{
			"the versions of a server", "in the order of publication", "the latest first, then by semantic version, then in the order of publication",
			"A registry that reads a source for the first time sees all versions at once, so the time of publication says nothing about which is newer.",
			func(q question, theirs, ours *answer) {
				if !strings.HasSuffix(q.path(), "/versions") || !theirs.List || !ours.List {
					return
				}
				for _, a := range []*answer{theirs, ours} {
					slices.SortFunc(a.Records, func(x, y record) int { return strings.Compare(x.id(), y.id()) })
				}
			},
		},
		{
			"the cursor of a last page that is full", "leads to an empty page", "is absent",
			"The client is told at once that it has everything.",
			func(_ question, theirs, ours *answer) {
				if !theirs.List || !ours.List || ours.More || len(ours.Sizes) == 0 {
					return
				}
				last := len(theirs.Sizes) - 1
				if last == len(ours.Sizes) && theirs.Sizes[last] == 0 {
					theirs.Sizes = theirs.Sizes[:last]
				}
				if reflect.DeepEqual(theirs.Sizes, ours.Sizes) && reflect.DeepEqual(theirs.Records, ours.Records) {
					theirs.More = false
				}
			},
		},
	}
}

// sameRecords compares the records; of one page only as far as ours reaches,
// because what ours has more pushed the rest to the next page.
func sameRecords(theirs, ours []record, all bool) bool {
	if !all && len(ours) < len(theirs) {
		theirs = theirs[:len(ours)]
	}
	return len(theirs) == len(ours) && (len(ours) == 0 || reflect.DeepEqual(theirs, ours))
}
