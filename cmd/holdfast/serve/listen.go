package serve

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// listen opens the listeners of an address: the address itself and, where that is not reached from 127.0.0.1, loopback at
// the same port, so that tools on the machine need not know the address. The caller closes them.
func listen(address string) ([]net.Listener, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	attempts := 1
	if port == "0" {
		attempts = 16 // a port that is free at one address need not be free at the other
	}
	for range attempts {
		var listeners []net.Listener
		listeners, err = listenOnce(address)
		if err == nil {
			return listeners, nil
		}
	}
	return nil, cannotListen(address, err)
}

func listenOnce(address string) ([]net.Listener, error) {
	first, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	bound := first.Addr().(*net.TCPAddr)
	if bound.IP.IsUnspecified() || bound.IP.IsLoopback() {
		return []net.Listener{first}, nil
	}
	second, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(bound.Port)))
	if err != nil {
		return nil, errors.Join(err, first.Close())
	}
	return []net.Listener{first, second}, nil
}

func cannotListen(address string, err error) error {
	action := "Choose another address with --address"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		action = "Stop what uses the port, or choose another with --address"
	case errors.Is(err, syscall.EACCES):
		action = "Choose a port above 1023 with --address, or allow the server to use it"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		action = "Choose an address of this machine with --address"
	}
	return &config.Fault{What: "Cannot listen on " + address, Reason: err.Error(), Action: action, Err: err}
}

// nodeName is what metrics call this node: the host of the address, or 127.0.0.1 when it has none, and the bound port.
func nodeName(address string, bound net.Listener) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil || host == "" || net.ParseIP(host).IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.Itoa(bound.Addr().(*net.TCPAddr).Port))
}

// urls are the addresses clients can use, those of other machines first.
func urls(scheme, address string, bound net.Listener) []string {
	port := strconv.Itoa(bound.Addr().(*net.TCPAddr).Port)
	url := func(host string) string { return scheme + "://" + net.JoinHostPort(host, port) }
	host, _, err := net.SplitHostPort(address)
	if err == nil && host != "" && !net.ParseIP(host).IsUnspecified() {
		if config.Loopback(address) {
			return []string{url(host)}
		}
		return []string{url(host), url("127.0.0.1")}
	}
	var all []string
	addresses, err := net.InterfaceAddrs()
	if err == nil {
		for _, a := range addresses {
			if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
				all = append(all, url(n.IP.String()))
			}
		}
	}
	return append(all, url("127.0.0.1"))
}
