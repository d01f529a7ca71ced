package serve

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// notifier tells systemd about the service (sd_notify(3)): one datagram of lines to the socket it named. Without a socket it
// does nothing.
type notifier struct{ socket string }

func (n notifier) ready() error    { return n.send("READY=1") }
func (n notifier) stopping() error { return n.send("STOPPING=1") }

// reloading carries the time, as units of Type=notify-reload require.
func (n notifier) reloading() error {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	return n.send(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", now.Nano()/1000))
}

func (n notifier) send(state string) error {
	if n.socket == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"}) // a leading @ is an abstract name
	if err != nil {
		return err
	}
	if _, err := conn.Write([]byte(state)); err != nil {
		_ = conn.Close() // the write's error says more
		return err
	}
	return conn.Close()
}
