package edge

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
)

var start = time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newDoor is a door at an address, with a page behind it that says whence.
func newDoor(t *testing.T, base string, proxies ...string) (*Door, http.Handler) {
	t.Helper()
	list, err := ParseProxies(proxies)
	fatal(t, err)
	d, err := NewDoor(Config{BaseURL: base, Proxies: list, MaxBody: 1 << 20, Clock: clock.NewFake(start), Log: quiet()})
	fatal(t, err)
	return d, d.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range forwarded() {
			if r.Header.Get(name) != "" {
				t.Errorf("%s came through: %q", name, r.Header.Get(name))
			}
		}
		a, err := netip.ParseAddrPort(r.RemoteAddr)
		fatal(t, err)
		_, _ = io.WriteString(w, a.Addr().String())
	}))
}

func ask(t *testing.T, h http.Handler, method, url string, change func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, url, nil)
	r.RequestURI = r.URL.RequestURI() // as a server gets it
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestOnlyTheBaseAddressIsAnswered(t *testing.T) {
	_, h := newDoor(t, "https://vidne.example.dk")
	for host, want := range map[string]int{
		"vidne.example.dk": 200, "vidne.example.dk:443": 200, "VIDNE.example.dk": 200,
		"evil.example": 421, "vidne.example.dk:80": 421, "vidne.example.dk.evil.example": 421, "127.0.0.1": 421, "": 421,
		"vidne.example.dk@evil.example": 421, "evil.example:443": 421, "vidne.example.dk ": 421,
	} {
		w := ask(t, h, "GET", "https://vidne.example.dk/x", func(r *http.Request) { r.Host = host })
		if w.Code != want {
			t.Errorf("host %q: %d, want %d", host, w.Code, want)
		}
		if want == 421 && (!strings.Contains(w.Body.String(), "https://vidne.example.dk") || host != "" && host != "127.0.0.1" && strings.Contains(w.Body.String(), "evil")) {
			t.Errorf("host %q is answered %q", host, w.Body)
		}
	}
}

func TestNothingIsTakenInTheClear(t *testing.T) {
	d, h := newDoor(t, "https://vidne.example.dk")
	for name, door := range map[string]http.Handler{"the door": h, "the door without TLS": d.Redirect()} {
		w := ask(t, door, "GET", "http://vidne.example.dk/sager/1?x=%2F%2Fevil", func(r *http.Request) { r.Host = "vidne.example.dk:443" })
		if w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != "https://vidne.example.dk/sager/1?x=%2F%2Fevil" {
			t.Errorf("%s: %d %q", name, w.Code, w.Header().Get("Location"))
		}
		w = ask(t, door, "POST", "http://vidne.example.dk/log-ind", func(r *http.Request) { r.Host = "vidne.example.dk:443" })
		if w.Code != http.StatusForbidden || w.Header().Get("Location") != "" {
			t.Errorf("%s: a form in the clear: %d %q", name, w.Code, w.Header().Get("Location"))
		}
	}
	for _, target := range []string{"//evil.example/x", "/\\evil.example", "http://evil.example/"} {
		w := ask(t, d.Redirect(), "GET", "http://vidne.example.dk/", func(r *http.Request) { r.Host, r.RequestURI = "evil.example", target })
		if to := w.Header().Get("Location"); to != "" && !strings.HasPrefix(to, "https://vidne.example.dk/") {
			t.Errorf("%q leads to %q", target, to)
		}
	}
}

func TestOnlyAProxyOnTheListIsBelieved(t *testing.T) {
	_, h := newDoor(t, "https://vidne.example.dk", "10.0.0.7", "10.1.0.0/16", "fd00::1")
	for _, c := range []struct {
		name, peer string
		xff, proto []string
		code       int
		from       string
	}{
		{"a stranger over TLS who says that he is another", "203.0.113.9:4", []string{"10.9.9.9"}, []string{"https"}, 308, ""},
		{"a proxy that ended TLS", "10.0.0.7:4", []string{"198.51.100.4"}, []string{"https"}, 200, "198.51.100.4"},
		{"a proxy that did not", "10.0.0.7:4", []string{"198.51.100.4"}, []string{"http"}, 308, ""},
		{"a proxy that says nothing", "10.0.0.7:4", nil, nil, 308, ""},
		{"the client wrote in front", "10.0.0.7:4", []string{"1.2.3.4, 198.51.100.4"}, []string{"http, https"}, 200, "198.51.100.4"},
		{"in a header of its own", "10.0.0.7:4", []string{"1.2.3.4", "198.51.100.4"}, []string{"https"}, 200, "198.51.100.4"},
		{"two proxies", "10.0.0.7:4", []string{"1.2.3.4, 198.51.100.4, 10.1.4.4"}, []string{"https"}, 200, "198.51.100.4"},
		{"with a port", "10.0.0.7:4", []string{"198.51.100.4:5555"}, []string{"https"}, 200, "198.51.100.4"},
		{"six", "[fd00::1]:4", []string{"2001:db8::5"}, []string{"https"}, 200, "2001:db8::5"},
		{"rubbish", "10.0.0.7:4", []string{"198.51.100.4, rubbish"}, []string{"https"}, 200, "10.0.0.7"},
		{"none", "10.0.0.7:4", nil, []string{"https"}, 200, "10.0.0.7"},
		{"a proxy in the v6 form of v4", "[::ffff:10.0.0.7]:4", []string{"198.51.100.4"}, []string{"https"}, 200, "198.51.100.4"},
	} {
		w := ask(t, h, "GET", "http://vidne.example.dk/", func(r *http.Request) {
			r.RemoteAddr, r.Host, r.TLS = c.peer, "vidne.example.dk", nil
			r.Header["X-Forwarded-For"], r.Header["X-Forwarded-Proto"] = c.xff, c.proto
			r.Header.Set("X-Real-Ip", "6.6.6.6")
			r.Header.Set("Forwarded", "for=6.6.6.6")
			r.Header.Set("X-Forwarded-Host", "evil.example")
		})
		if w.Code != c.code || c.from != "" && w.Body.String() != c.from {
			t.Errorf("%s: %d %q, want %d %q", c.name, w.Code, w.Body, c.code, c.from)
		}
	}
}

func TestAListOfProxiesThatIsEverybodyIsRefused(t *testing.T) {
	for _, s := range []string{"0.0.0.0/0", "::/0", "example.dk", "10.0.0.0/99"} {
		if _, err := ParseProxies([]string{s}); fault.Key(err) != "edge.proxies" {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestABaseAddressThatLetsPasswordsOutIsRefused(t *testing.T) {
	for s, ok := range map[string]bool{
		"https://vidne.example.dk": true, "https://vidne.example.dk:8443": true, "http://127.0.0.1:8080": true, "http://localhost": true, "http://[::1]:8080": true,
		"https://vidne.example.dk/": true,
		"http://vidne.example.dk":   false, "http://10.0.0.4": false, "https://vidne.example.dk/vidne": false, "https://a:b@vidne.example.dk": false,
		"vidne.example.dk": false, "ftp://vidne.example.dk": false, "https://": false, "https://vidne.example.dk?x": false, "http://127.0.0.1.evil.example": false,
	} {
		if _, err := Base(s); (err == nil) != ok {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestOneAddressCannotAskForEver(t *testing.T) {
	d, h := newDoor(t, "https://vidne.example.dk")
	get := func(from string) *httptest.ResponseRecorder {
		return ask(t, h, "GET", "https://vidne.example.dk/", func(r *http.Request) { r.RemoteAddr = from })
	}
	for range perAddress.Burst {
		if w := get("[2001:db8::1]:5"); w.Code != 200 {
			t.Fatal(w.Code)
		}
	}
	w := get("[2001:db8::2]:6") // the same customer
	wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
	if w.Code != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 30 || !strings.Contains(w.Body.String(), "Vent lidt") {
		t.Errorf("%d, %q, %q", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	if w := get("[2001:db8:0:1::1]:5"); w.Code != 200 {
		t.Errorf("another customer: %d", w.Code)
	}
	d.Clock.(*clock.Fake).Advance(time.Duration(wait) * time.Second)
	if w := get("[2001:db8::1]:5"); w.Code != 200 {
		t.Errorf("after the wait that was said: %d", w.Code)
	}
}

func TestBucketsForgetAndNeverGrowForEver(t *testing.T) {
	clk := clock.NewFake(start)
	b := NewBuckets(Rate{Burst: 1, Within: time.Minute}, clk)
	for i := range 3 * mostBuckets {
		b.Take(strconv.Itoa(i))
		if len(b.of) > mostBuckets {
			t.Fatalf("%d are remembered", len(b.of))
		}
	}
}

// serveReal serves on loopback as cmd/vidne does, without TLS.
func serveReal(t *testing.T, h func(d *Door) http.Handler, change func(*limited, *http.Server)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	fatal(t, err)
	d, err := NewDoor(Config{BaseURL: "http://" + l.Addr().String(), MaxBody: 1 << 20, Clock: clock.System(), Log: quiet()})
	fatal(t, err)
	in := d.Limited(l).(*limited)
	s := Server(d.Handler(h(d)), nil, quiet())
	if change != nil {
		change(in, s)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(in) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return l.Addr().String()
}

func TestTooLargeIsRefusedBeforeItIsRead(t *testing.T) {
	read := false
	addr := serveReal(t, func(*Door) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { read = true; _, _ = io.Copy(io.Discard, r.Body) })
	}, nil)
	for name, head := range map[string]string{
		"body":    "POST /x HTTP/1.1\r\nHost: " + addr + "\r\nContent-Length: 1048577\r\n\r\n",
		"address": "GET /" + strings.Repeat("a", longestAddress) + " HTTP/1.1\r\nHost: " + addr + "\r\n\r\n",
		"head":    "GET / HTTP/1.1\r\nHost: " + addr + "\r\nX-Bomb: " + strings.Repeat("b", 64<<10) + "\r\n\r\n",
	} {
		got := speak(t, addr, head)
		want := map[string]string{"body": "413", "address": "414", "head": "431"}[name]
		if !strings.HasPrefix(got, "HTTP/1.1 "+want) {
			t.Errorf("%s: %.60q", name, got)
		}
	}
	if read {
		t.Error("something came through")
	}
}

// speak says bytes to a server and gives what it answers until it hangs up.
func speak(t *testing.T, addr, what string) string {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	fatal(t, err)
	defer c.Close()
	_, _ = io.WriteString(c, what) // it may hang up in the middle
	fatal(t, c.SetReadDeadline(clock.System().Now().Add(20*time.Second)))
	b, _ := io.ReadAll(c)
	return string(b)
}

// A body that drips is cut off at its end; one that is there leaves the answer
// all the time it needs.
func TestASlowBodyHasAnEnd(t *testing.T) {
	got := make(chan error, 1)
	addr := serveReal(t, func(d *Door) http.Handler {
		d.real = hasty{} // all its ends are now
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, err := io.Copy(io.Discard, r.Body)
			got <- err
		})
	}, nil)
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	fatal(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "POST /x HTTP/1.1\r\nHost: "+addr+"\r\nContent-Length: 100\r\n\r\nab")
	fatal(t, err)
	if err := <-got; err == nil {
		t.Error("a body that never came was read")
	}
}

// hasty is a clock that stands so long ago that every end has been.
type hasty struct{ clock.Clock }

func (hasty) Now() time.Time { return clock.System().Now().Add(-time.Hour) }

// What is sent slowly, part by part, is not cut, however long the pauses; what
// nobody reads is.
func TestAStreamLastsAndOneThatNobodyReadsDoesNot(t *testing.T) {
	broke := make(chan error, 1)
	addr := serveReal(t, func(d *Door) http.Handler {
		d.real = hasty{}
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			var err error
			part := make([]byte, 64<<10)
			for range 4096 {
				if _, err = w.Write(part); err != nil {
					break
				}
			}
			broke <- err
		})
	}, nil)
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	fatal(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "GET /x HTTP/1.1\r\nHost: "+addr+"\r\n\r\n")
	fatal(t, err)
	if err := <-broke; err == nil {
		t.Error("256 MB were sent to somebody who reads nothing")
	}
	w := httptest.NewRecorder()
	a := &answer{ResponseWriter: w, rc: http.NewResponseController(w), door: &Door{real: clock.System()}}
	if _, err := a.Write([]byte("x")); err != nil || a.FlushError() != nil || !w.Flushed {
		t.Errorf("%v, flushed %v", err, w.Flushed)
	}
}

// A head that drips is hung up on by the server's own limit, and connections
// have a number.
func TestConnectionsHaveANumberAndHeadsATime(t *testing.T) {
	addr := serveReal(t, func(*Door) http.Handler { return http.NotFoundHandler() }, func(l *limited, s *http.Server) {
		l.each = 3
		s.ReadHeaderTimeout = 300 * time.Millisecond
	})
	var open []net.Conn
	for range 3 {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
		fatal(t, err)
		defer c.Close()
		_, err = io.WriteString(c, "GET / HT")
		fatal(t, err)
		open = append(open, c)
	}
	fatal(t, waitFor(func() bool { return speak(t, addr, "GET / HTTP/1.1\r\nHost: "+addr+"\r\n\r\n") == "" }))
	for _, c := range open { // the slow ones are given up
		fatal(t, c.SetReadDeadline(clock.System().Now().Add(20*time.Second)))
		_, _ = io.ReadAll(c)
		c.Close()
	}
	fatal(t, waitFor(func() bool {
		return strings.HasPrefix(speak(t, addr, "GET / HTTP/1.1\r\nHost: "+addr+"\r\nConnection: close\r\n\r\n"), "HTTP/1.1 404")
	}))
}

func waitFor(so func() bool) error {
	for range 100 {
		if so() {
			return nil
		}
	}
	return fault.New(fault.Internal, "", "it never came to be so")
}
