package plan

import (
	"errors"
	"net"
)

// NodeAddress returns the IPv4 address this machine is reached at. The kubelet
// refuses loopback addresses, so a machine without another one cannot be a node.
func NodeAddress() (string, error) {
	// Connecting a UDP socket sends nothing; it only asks the routing table.
	if conn, err := net.Dial("udp4", "203.0.113.1:9"); err == nil {
		defer conn.Close()
		if addr, ok := conn.LocalAddr().(*net.UDPAddr); ok && addr.IP.IsGlobalUnicast() {
			return addr.IP.String(), nil
		}
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	for _, addr := range addrs {
		if ipNet, ok := addr.(*net.IPNet); ok && ipNet.IP.To4() != nil && ipNet.IP.IsGlobalUnicast() {
			return ipNet.IP.String(), nil
		}
	}
	return "", errors.New("no IPv4 address besides loopback on this machine")
}
