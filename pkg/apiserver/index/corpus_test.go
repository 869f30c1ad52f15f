package index_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/index"
)

// recordBytes is what a record of a public registry takes on average.
const recordBytes = 1300

// syllables and words make texts with about as many different trigrams as real ones.
var (
	syllables = strings.Fields(`ba be bi bo bra cas cen chi cor da del dan di do dro el en er fa fen fi fla fo ga ger gli go gra
		ha hel hi ho in is ja jo ka kel kin ko kri la len li lo lu ma mer mi mo mu na nel ni no nu oc on or pa per phi po pri
		qua ra rel ri ro ru sa sel shi so sta su ta ter thi to tri tu ul um un va ver vi vo wa wel wi wo xa xen ya yo za zen zi`)
	words = strings.Fields(`access account agent ai alerts analysis analytics any api app apps archive articles assistant async audio
		automation aws azure backup based bitcoin blockchain blog board book bot bridge browser build calendar calls chat check claude
		cli client cloud code collection command commerce compare compliance connect connector contacts content context control
		convert cost create crm crypto custom customer dashboard data database deploy design desktop developer devices diagrams
		discover discord docker docs documents domain download edit email embedding encrypted engine events excel execute expense
		explore export extract fetch files filter finance find flow for form format free from function generate git github gitlab
		gmail google graph graphql guide health helper history home hosting html hub image images import in inbox index infrastructure
		insights instagram integration interface invoice issues jira jobs json kubernetes language launch legal library linear linkedin
		list live llm local logs machine mail manage management map markdown market markets mcp media meeting memory messages metadata
		metrics model monitor monitoring multi music network news notes notion numbers oauth office open openapi optimize orders
		organization page papers parse payment pdf perform persistent photo pipeline plan platform podcast postgres prices process
		product profile project projects prompts protocol provides proxy public publish pull python query rag read real reference
		remote report repository request research restaurant review route run sales schedule schema scrape search secure security
		semantic send server servers service session sheets shell shop skills slack social sql stock storage store stripe structured
		support sync system tables task tasks team telegram template terminal test text the through time to tool tools track trading
		transcript translate travel trello typescript unified update upload user using validate vector video virtual voice weather web
		webhooks website weekly wiki with workflow workspace write yaml youtube your zero`)
)

// corpus is a registry without its JSON: about 3.6 versions a name, most of which
// share their texts.
type corpus struct{ names, titles, descriptions []string }

func (c *corpus) size() int { return len(c.names) }

func newCorpus(records int) *corpus {
	r := rand.New(rand.NewPCG(1, 2))
	c := &corpus{}
	for n := 0; c.size() < records; n++ {
		owner := invented(r, 2+r.IntN(2))
		name := fmt.Sprintf("io.github.%s/%s-%s", owner, sentence(r, 1+r.IntN(2), "-"), []string{"mcp", "server", "mcp-server", invented(r, 2)}[r.IntN(4)])
		title := strings.Title(sentence(r, 2+r.IntN(3), " ")) //nolint:staticcheck // ASCII
		description := describe(r)
		for range 1 + int(r.ExpFloat64()*3.1) {
			if r.IntN(25) == 0 {
				description = describe(r)
			}
			c.names, c.titles, c.descriptions = append(c.names, name), append(c.titles, title), append(c.descriptions, description)
		}
	}
	return c
}

func invented(r *rand.Rand, parts int) string {
	var b strings.Builder
	for range parts {
		b.WriteString(syllables[r.IntN(len(syllables))])
	}
	if r.IntN(6) == 0 {
		fmt.Fprintf(&b, "%d", r.IntN(1000))
	}
	return b.String()
}

// sentence prefers the first words, as people do.
func sentence(r *rand.Rand, n int, separator string) string {
	chosen := make([]string, n)
	for i := range chosen {
		chosen[i] = words[min(int(r.ExpFloat64()*float64(len(words))/3), len(words)-1)]
		if r.IntN(8) == 0 {
			chosen[i] = invented(r, 2+r.IntN(2))
		}
	}
	return strings.Join(chosen, separator)
}

func describe(r *rand.Rand) string {
	text := strings.ToUpper(invented(r, 2)) + " " + sentence(r, 10+r.IntN(7), " ")
	if r.IntN(30) == 0 {
		text += " für Öffentliche Daten 天気" //nolint:gosmopolitan // people write like this
	}
	return text + "."
}

func (c *corpus) add(to *index.Builder) {
	for i := range c.names {
		to.Add(c.names[i], c.titles[i], c.descriptions[i])
	}
}

func (c *corpus) index() *index.Index {
	var b index.Builder
	c.add(&b)
	return b.Build()
}
