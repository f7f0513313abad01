// Package testport finds a port on loopback for a server that a test starts
// only later, or ends and starts again.
//
// What it promises: a port outside the range from which the kernel gives ports
// to whoever asks for any. A port of that range may meanwhile go to another
// test's listener, and a client that keeps trying to reach a server that is
// away may be given the very port it is trying to reach as its own: TCP lets it
// connect to itself (RFC 9293, section 3.5, simultaneous open), and the server
// finds its place taken when it comes back.
//
// What it refuses: to keep a port. Whoever can listen at once listens on port 0
// and needs no port from here.
package testport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
)

// first is the lowest port given: what the system's own services use lies below.
const first = 10240

// attempts is how many ports are tried: so many in use at once means something
// else is wrong.
const attempts = 100

// Pick is a TCP port on 127.0.0.1 that nothing listens on now.
func Pick() (int, error) {
	end := ephemeral()
	var err error
	for range attempts {
		port := first + rand.IntN(end-first)
		var l *net.TCPListener
		if l, err = net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}); err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.Join(errors.New("no port on loopback is free"), err)
}

// Address is "127.0.0.1:PORT" with a port from Pick.
func Address() (string, error) {
	port, err := Pick()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), err
}

// ephemeral is where the kernel's own range begins (ip_local_port_range of
// ip(7)), or Linux's usual beginning where it cannot be read or leaves nothing
// below it.
func ephemeral() int {
	const usual = 32768
	var low int
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return usual
	}
	if _, err := fmt.Sscan(string(text), &low); err != nil || low <= first {
		return usual
	}
	return low
}
