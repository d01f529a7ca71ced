package serve

import (
	"fmt"
	"runtime"
	"strings"
)

// banner tells the operator what is served, where, and where the credential is; never the credential.
func (s *server) banner() {
	addresses := urls(s.certs.scheme(), s.Config.Listen.Address, s.listeners[0])
	if s.Config.Log.JSON || s.Config.Log.Quiet {
		s.log.Info("serving", "api", strings.Join(addresses, "  "), "version", s.Version.Tag)
		return
	}
	credential := "as configured"
	if s.storedIn != "" {
		credential = s.storedIn
	}
	fmt.Fprintf(s.Stderr, "Holdfast Object Storage Server\nLicense: Apache-2.0\nVersion: %s (%s %s/%s)\n\nAPI: %s\nDrives: %s\nCredential: %s\n\n",
		s.Version.Tag, runtime.Version(), runtime.GOOS, runtime.GOARCH, strings.Join(addresses, "  "), s.layout(), credential)
}

// layout says how drives are grouped.
func (s *server) layout() string {
	var pools []string
	for _, p := range s.Config.Pools {
		pools = append(pools, fmt.Sprintf("%s of %s", count(len(p.Drives)/p.SetDrives, "set"), count(p.SetDrives, "drive")))
	}
	return strings.Join(pools, ", then ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
