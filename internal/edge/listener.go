package edge

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
)

const (
	// mostConnections is how many the portal holds open. Beyond them it takes
	// none, so that files and memory are left for those who record.
	mostConnections = 4096
	// mostFromOne is how many of them one address may hold.
	mostFromOne = 1024
)

// Limited is a listener that holds so many connections open and no more; who
// comes beyond that is hung up on. Proxies of ours have no limit of their own.
func (d *Door) Limited(l net.Listener) net.Listener {
	return &limited{Listener: l, door: d, total: mostConnections, each: mostFromOne, from: map[string]int{}}
}

type limited struct {
	net.Listener
	door        *Door
	total, each int
	mu          sync.Mutex
	open        int
	from        map[string]int
}

// Accept waits for the next connection that there is room for.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		who := block(c.RemoteAddr().String())
		if !l.take(who, c.RemoteAddr().String()) {
			l.door.Log.Warn("a connection was turned away: too many", slog.String("address", who))
			c.Close()
			continue
		}
		return &counted{Conn: c, done: func() { l.give(who) }}, nil
	}
}

func (l *limited) take(who, remote string) bool {
	p, err := netip.ParseAddrPort(remote)
	ours := err == nil && l.door.proxy(p.Addr())
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.total || !ours && l.from[who] >= l.each {
		return false
	}
	l.open++
	l.from[who]++
	return true
}

func (l *limited) give(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.from[who]--; l.from[who] <= 0 {
		delete(l.from, who)
	}
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	once sync.Once
	done func()
}

// Close closes it once.
func (c *counted) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.done)
	return err
}
