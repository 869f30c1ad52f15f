package egress

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckAddr(t *testing.T) {
	tests := map[string]struct {
		why     string
		allowed bool
	}{
		"127.0.0.1":                     {why: "loopback is the operator's own pod"},
		"127.8.8.8":                     {why: "all of 127.0.0.0/8 is loopback, not only .1"},
		"::1":                           {why: "loopback of IPv6"},
		"::ffff:127.0.0.1":              {why: "a mapped address connects over IPv4"},
		"::ffff:169.254.169.254":        {why: "the metadata service, mapped"},
		"::127.0.0.1":                   {why: "the deprecated compatible form still carries loopback"},
		"169.254.169.254":               {why: "the metadata service of most clouds"},
		"169.254.170.2":                 {why: "the credentials service of ECS"},
		"fe80::1":                       {why: "link-local of IPv6"},
		"fe80::1%eth0":                  {why: "a zone does not change what it is"},
		"fd00:ec2::254":                 {why: "EC2's metadata service over IPv6 is not link-local"},
		"100.100.100.200":               {why: "Alibaba's metadata service is not link-local"},
		"0.0.0.0":                       {why: "Linux connects it to loopback"},
		"0.1.2.3":                       {why: "0.0.0.0/8 is this host"},
		"::":                            {why: "Linux connects it to loopback"},
		"::ffff:0.0.0.0":                {why: "unspecified, mapped"},
		"224.0.0.1":                     {why: "multicast is never a server"},
		"ff02::1":                       {why: "multicast of IPv6"},
		"255.255.255.255":               {why: "broadcast is never a server"},
		"64:ff9b::7f00:1":               {why: "NAT64 delivers it to 127.0.0.1"},
		"64:ff9b::a9fe:a9fe":            {why: "NAT64 delivers it to the metadata service"},
		"64:ff9b:1:a9fe:a9:fe00::":      {why: "so does one of 48 bits, around the eighth byte"},
		"64:ff9b:1:1a9:fe:a9fe::":       {why: "and one of 56 bits"},
		"64:ff9b:1:1:7f:0:100:0":        {why: "and one of 64 bits"},
		"::ffff:0:127.0.0.1":            {why: "IPv4-translated is not IPv4-mapped"},
		"fd12:3456::5efe:7f00:1":        {why: "ISATAP delivers it to 127.0.0.1"},
		"fd12:3456::200:5efe:a9fe:a9fe": {why: "ISATAP with a global address inside"},
		"2001:0:808:808::1":             {why: "Teredo hides an address that nobody serves from"},
		"fd20:ce::254":                  {why: "Google's metadata service over IPv6"},
		"fd00:42::42":                   {why: "Scaleway's metadata service over IPv6"},
		"192.0.0.192":                   {why: "Oracle's metadata service, in a range for protocols"},
		"168.63.129.16":                 {why: "Azure's wire server"},
		"::ffff:168.63.129.16":          {why: "Azure's wire server, mapped"},
		"64:ff9b:1::a9fe:a9fe":          {why: "a local NAT64 prefix does the same"},
		"2002:7f00:1::":                 {why: "6to4 delivers it to 127.0.0.1"},
		"2002:a9fe:a9fe::1":             {why: "6to4 delivers it to the metadata service"},

		"10.96.0.10":             {why: "clusters live in private ranges", allowed: true},
		"172.16.4.5":             {why: "clusters live in private ranges", allowed: true},
		"192.168.1.1":            {why: "so do company networks", allowed: true},
		"100.64.0.1":             {why: "some clouds number their nodes from the shared range", allowed: true},
		"fd12:3456::1":           {why: "unique local addresses are IPv6's private range", allowed: true},
		"140.82.112.3":           {why: "a public address", allowed: true},
		"2606:50c0:8000::1":      {why: "a public address of IPv6", allowed: true},
		"64:ff9b::8c52:703":      {why: "NAT64 of a public address is how IPv6-only clusters reach it", allowed: true},
		"64:ff9b:1::8c52:703":    {why: "a local prefix of 96 bits has zeros where a shorter one has the address", allowed: true},
		"64:ff9b:1:8c52:7:300::": {why: "one of 48 bits, with a public address", allowed: true},
		"2001:db8::1":            {why: "close to Teredo and not of it", allowed: true},
		"2002:8c52:703::":        {why: "6to4 of a public address", allowed: true},
	}
	for address, tt := range tests {
		t.Run(address, func(t *testing.T) {
			err := checkAddr(netip.MustParseAddr(address))
			if tt.allowed {
				require.NoError(t, err, tt.why)
				return
			}
			require.Error(t, err, tt.why)
		})
	}
}

func TestCheckAddrRefusesTheZeroAddress(t *testing.T) {
	require.Error(t, checkAddr(netip.Addr{}))
}
