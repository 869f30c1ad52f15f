package plan

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// The range lies below the kernel's ephemeral ports, so that no outgoing
// connection takes a port between the choice and the start, and below the
// NodePort range.
const (
	firstPort = 20000
	lastPort  = 29999
)

// Ports are the ports of a cluster's processes.
type Ports struct {
	APIServer         int `json:"apiServer"`
	Etcd              int `json:"etcd"`
	EtcdPeer          int `json:"etcdPeer"`
	ControllerManager int `json:"controllerManager"`
	Scheduler         int `json:"scheduler"`
	Kubelet           int `json:"kubelet"`
	KubeletHealth     int `json:"kubeletHealth"`
	ProxyHealth       int `json:"proxyHealth"`
	ProxyMetrics      int `json:"proxyMetrics"`
	DNS               int `json:"dns"`
}

// ChoosePorts fills every port, starting at a random place so that clusters
// starting at the same time hardly ever meet. A non-zero apiServer is kept.
func ChoosePorts(apiServer int) (Ports, error) {
	return choosePorts(apiServer, firstPort+rand.IntN(lastPort-firstPort), isFree)
}

func choosePorts(apiServer, start int, free func(port int) bool) (Ports, error) {
	var p Ports
	wanted := []*int{
		&p.Etcd, &p.EtcdPeer, &p.ControllerManager, &p.Scheduler, &p.Kubelet,
		&p.KubeletHealth, &p.ProxyHealth, &p.ProxyMetrics, &p.DNS,
	}
	if p.APIServer = apiServer; apiServer == 0 {
		wanted = append(wanted, &p.APIServer)
	}
	span := lastPort - firstPort + 1
	for tried := 0; tried < span && len(wanted) > 0; tried++ {
		port := firstPort + (start-firstPort+tried)%span
		if port != apiServer && free(port) {
			*wanted[0] = port
			wanted = wanted[1:]
		}
	}
	if len(wanted) > 0 {
		return Ports{}, fmt.Errorf("ports %d to %d: %d free ones are missing", firstPort, lastPort, len(wanted))
	}
	return p, nil
}

// isFree asks on all addresses, TCP and UDP, because DNS needs both.
func isFree(port int) bool {
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{Port: port})
	if err != nil {
		return false
	}
	defer tcp.Close()
	udp, err := net.ListenUDP("udp", &net.UDPAddr{Port: port})
	if err != nil {
		return false
	}
	return udp.Close() == nil
}
