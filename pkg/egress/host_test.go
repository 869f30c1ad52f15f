package egress

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCheckURLKnowsDisguises: what an attacker writes instead of an address. The
// dialer would see through all of them, but behind a proxy nothing is dialed here.
func TestCheckURLKnowsDisguises(t *testing.T) {
	tests := map[string]struct {
		why     string
		allowed bool
	}{
		"2130706433":                   {why: "127.0.0.1 in decimal"},
		"2852039166":                   {why: "169.254.169.254 in decimal"},
		"0x7f000001":                   {why: "in hexadecimal"},
		"0X7F.1":                       {why: "in hexadecimal, short, in capitals"},
		"017700000001":                 {why: "in octal"},
		"0177.0.0.1":                   {why: "partly in octal"},
		"127.1":                        {why: "short"},
		"127.0.0.1.":                   {why: "with the dot of a name"},
		"0":                            {why: "0.0.0.0, short"},
		"169.254.169.254..":            {why: "with two dots"},
		"foo.2130706433":               {why: "no domain ends like that"},
		"１２７.0.0.1":                    {why: "with wide digits, which are mapped to usual ones"},
		"①②⑦.⓪.⓪.①":                    {why: "with digits in circles"},
		"127。0。0。1":                    {why: "with the dots of another script"},
		"localhost":                    {why: "the operator itself"},
		"LocalHost":                    {why: "names know no case"},
		"localhost.":                   {why: "the same name in full"},
		"registry.localhost":           {why: "resolvers answer loopback for all names below it"},
		"ｌｏｃａｌｈｏｓｔ":                    {why: "wide letters are mapped to usual ones"},
		"metadata.google.internal":     {why: "a metadata service by name"},
		"[::ffff:127.0.0.1]":           {why: "mapped"},
		"[0:0:0:0:0:ffff:7f00:1]":      {why: "mapped, without shortening"},
		"[::1%25lo]":                   {why: "with a zone"},
		"[fe80::1%25eth0]":             {why: "link-local with a zone"},
		"[64:ff9b::a9fe:a9fe]":         {why: "through NAT64"},
		"a\u00adb.-.example":           {why: "not a name"},
		"...":                          {why: "not a name either"},
		"example.com":                  {why: "a name", allowed: true},
		"EXAMPLE.com.":                 {why: "a name in full", allowed: true},
		"1.example.com":                {why: "a number elsewhere is fine", allowed: true},
		"127.0.0.1.nip.io":             {why: "a name like any other; what it resolves to is judged later", allowed: true},
		"0x7f.example":                 {why: "only the last label counts", allowed: true},
		"web1":                         {why: "a Service of the same namespace", allowed: true},
		"files.team.svc":               {why: "a Service", allowed: true},
		"files.team.svc.cluster.local": {why: "a Service in full", allowed: true},
		"münchen.example":              {why: "a name of another script", allowed: true},
		"my_bucket.example.com":        {why: "no host name, but in use", allowed: true},
		"localhost.example.com":        {why: "somebody's host", allowed: true},
		"mylocalhost":                  {why: "somebody's host", allowed: true},
		"10.1.2.3":                     {why: "clusters live there", allowed: true},
	}
	for host, tt := range tests {
		t.Run(host, func(t *testing.T) {
			u, err := url.Parse("https://" + host + "/registry.json")
			require.NoError(t, err)
			err = Policy{}.CheckURL(u)
			if tt.allowed {
				require.NoError(t, err, tt.why)
				return
			}
			require.ErrorIs(t, err, ErrNotAllowed, tt.why)
			require.NoError(t, Policy{AllowLoopback: true}.CheckURL(u), "who allows loopback allows its names")
		})
	}
}
