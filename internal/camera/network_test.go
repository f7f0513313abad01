package camera_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/testcam"
)

// TestNetworks: what is special is let in only by a network that is as special.
func TestNetworks(t *testing.T) {
	wide, err := camera.ParseNetworks("0.0.0.0/0", "::/0")
	if err != nil {
		t.Fatal(err)
	}
	cams, err := camera.ParseNetworks("10.20.0.0/16", "192.168.5.7", "2001:db8:1::/48")
	if err != nil {
		t.Fatal(err)
	}
	local, err := camera.ParseNetworks("127.0.0.0/8", "::1")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		addr              string
		wide, cams, local bool
	}{
		{"10.20.3.4", true, true, false},
		{"10.21.3.4", true, false, false},
		{"192.168.5.7", true, true, false},
		{"192.168.5.8", true, false, false},
		{"2001:db8:1::5", true, true, false},
		{"::ffff:10.20.3.4", true, true, false},
		{"64:ff9b::10.20.3.4", true, true, false},
		{"127.0.0.1", false, false, true},
		{"127.8.8.8", false, false, true},
		{"::1", false, false, true},
		{"::ffff:127.0.0.1", false, false, true},
		{"64:ff9b::127.0.0.1", false, false, true},
		{"2002:7f00:1::", false, false, true},
		{"0.0.0.0", false, false, false},
		{"::", false, false, false},
		{"169.254.169.254", false, false, false},
		{"::ffff:169.254.169.254", false, false, false},
		{"64:ff9b::a9fe:a9fe", false, false, false},
		{"fe80::1", false, false, false},
		{"fd00:ec2::254", false, false, false},
		{"100.100.100.200", false, false, false},
		{"224.0.0.1", false, false, false},
		{"255.255.255.255", false, false, false},
		{"ff02::1", false, false, false},
	} {
		a := netip.MustParseAddr(x.addr)
		for name, n := range map[string]struct {
			nets camera.Networks
			want bool
		}{"wide": {wide, x.wide}, "cameras": {cams, x.cams}, "local": {local, x.local}, "none": {nil, false}} {
			if got := n.nets.Contains(a); got != n.want {
				t.Errorf("%s in %s: %v", x.addr, name, got)
			}
		}
	}
	for _, s := range []string{"", "x", "10.0.0.0/33", "::ffff:10.0.0.0/104", "10.0.0.1%eth0"} {
		if _, err := camera.ParseNetworks(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestAddressesRefused is the table of tricks: each is refused before
// anything is sent, with words that tell nothing of what is there.
func TestAddressesRefused(t *testing.T) {
	var reached atomic.Int64
	h, err := testcam.NewHostile("127.0.0.1:0", func(_ context.Context, c net.Conn) {
		reached.Add(1)
		_, _ = io.Copy(io.Discard, c)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	_, port, err := net.SplitHostPort(h.Addr())
	if err != nil {
		t.Fatal(err)
	}
	closed := "1"
	wide, err := camera.ParseNetworks("0.0.0.0/0", "::/0")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, url := range []string{
		"rtsp://127.0.0.1:" + port + "/", "rtsp://127.0.0.1:" + closed + "/",
		"rtsp://[::1]:" + port + "/", "rtsp://0.0.0.0:" + port + "/", "rtsp://[::]:" + port + "/",
		"rtsp://[::ffff:127.0.0.1]:" + port + "/", "rtsp://localhost:" + port + "/", "rtsp://LOCALHOST:" + port + "/",
		"rtsp://169.254.169.254/", "rtsp://[::ffff:169.254.169.254]/",
	} {
		for _, transport := range []permit.Transport{permit.TransportAuto, permit.TransportUDP, permit.TransportTLS} {
			err := camera.Run(t.Context(), camera.Config{URL: url, Transport: transport, Allow: wide}, clock.System(), newKeeper())
			if fault.Key(err) != "camera.address" {
				t.Errorf("%s: %v", url, err)
				continue
			}
			said[err.Error()] = true
		}
	}
	if len(said) != 1 {
		t.Errorf("refusals can be told apart: %v", said)
	}
	for _, url := range []string{
		"", "cam", "//127.0.0.1/", "file:///etc/passwd", "concat:/etc/passwd", "subfile,,start,0,end,16,,:/etc/passwd",
		"data:text/plain,x", "http://127.0.0.1:" + port + "/", "https://127.0.0.1/", "exec:id", "pipe:0", "crypto+file:///x", "tee:x",
		"RTSP:127.0.0.1", "rtsp:127.0.0.1:" + port, "rtsp:///x", "rtsp://:554/x",
		"rtsp://cam@127.0.0.1:" + port + "/", "rtsp://user:word@127.0.0.1/", "rtsp://127.0.0.1#@10.0.0.1/", "rtsp://127.0.0.1/#x",
		"rtsp://127.0.0.1:" + port + "/\n", "rtsp://127.0.0.1/\tx", "rtsp://127.0.0.1/ x", "rtsp://127.0.0.1\\@10.0.0.1/",
		"rtsp://cam:554:80/", "rtsp://-cam/", "rtsp://127.0.0.1:0/", "rtsp://127.0.0.1:65536/", "rtsp://127.0.0.1:/", "rtsp://127.0.0.1:x/",
		"rtsp://[fe80::1%25lo]/", "rtsp://" + strings.Repeat("a", 2000) + "/",
	} {
		err := camera.Run(t.Context(), camera.Config{URL: url, Allow: loopback(t)}, clock.System(), newKeeper())
		if fault.Key(err) != "camera.address" || !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", url, err)
		}
		if len(url) > 10 && err != nil && strings.Contains(err.Error(), url) {
			t.Errorf("the error repeats %q", url)
		}
	}
	// Forms that only a resolver understands: refused, or unreachable, never there.
	for _, host := range []string{"2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1"} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := camera.Run(ctx, camera.Config{URL: "rtsp://" + host + ":" + port + "/", Allow: wide}, clock.System(), newKeeper())
		cancel()
		if k := fault.Key(err); k != "camera.address" && k != "camera.unreachable" && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}

// TestNeverLeavesTheHost: addresses that a camera names lead nowhere else,
// and neither do our packets or the password.
func TestNeverLeavesTheHost(t *testing.T) {
	const password = "Kanarie-3f9c71"
	clip := open(t, testcam.Tiny)
	var reached atomic.Int64
	other, err := testcam.NewHostile("127.0.0.2:0", func(_ context.Context, c net.Conn) {
		reached.Add(1)
		_, _ = io.Copy(io.Discard, c)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	victim, err := net.ListenPacket("udp4", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = victim.Close() }()
	vport := victim.LocalAddr().(*net.UDPAddr).Port
	elsewhere := "rtsp://" + other.Addr() + "/cam"
	sdp := strings.Replace(clip.SDP(), "a=control:trackID=0", "a=control:"+elsewhere+"/trackID=0", 1)
	for name, answer := range map[string]func(w io.Writer, r *testcam.Request) bool{
		"redirect": func(w io.Writer, r *testcam.Request) bool {
			if r.Method == "DESCRIBE" {
				_, _ = io.WriteString(w, r.Status("302 Found", "Location: "+elsewhere+"\r\n", ""))
			}
			return r.Method == "DESCRIBE"
		},
		"content-base": func(w io.Writer, r *testcam.Request) bool {
			if r.Method == "DESCRIBE" {
				_, _ = io.WriteString(w, r.Answer("Content-Type: application/sdp\r\nContent-Base: "+elsewhere+"/\r\n", clip.SDP()))
			}
			return r.Method == "DESCRIBE"
		},
		"control": func(w io.Writer, r *testcam.Request) bool {
			if r.Method == "DESCRIBE" {
				_, _ = io.WriteString(w, r.Answer("Content-Type: application/sdp\r\n", sdp))
			}
			return r.Method == "DESCRIBE"
		},
		"source": func(w io.Writer, r *testcam.Request) bool {
			if r.Method == "SETUP" && strings.Contains(r.Header["transport"], "client_port") {
				_, _ = io.WriteString(w, r.Answer(fmt.Sprintf("Session: 1\r\nTransport: RTP/AVP;unicast;client_port=1-2;source=127.0.0.2;destination=127.0.0.2;server_port=%d-%d\r\n", vport, vport), ""))
				return true
			}
			return false
		},
	} {
		hosts := map[string]bool{}
		loggedIn := false
		s := &testcam.Script{Clip: clip, Answer: func(w io.Writer, r *testcam.Request) bool {
			hosts[strings.Split(r.URL, "/")[2]] = true
			if !strings.Contains(r.Header["authorization"], "Digest") {
				_, _ = io.WriteString(w, r.Status("401 Unauthorized", "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n", ""))
				return true
			}
			loggedIn = true
			return answer(w, r)
		}, Play: func(_ context.Context, w *testcam.Wire) { _ = w.Group(); _ = w.Conn.Close() }}
		h, err := testcam.NewHostile("", s.Serve)
		if err != nil {
			t.Fatal(err)
		}
		transport := permit.TransportTCP
		if name == "source" {
			transport = permit.TransportUDP
		}
		err = camera.Run(t.Context(), camera.Config{URL: h.URL(), Transport: transport, User: "drift", Password: password, Allow: loopback(t)}, clock.System(), newKeeper())
		h.Close()
		if want := map[bool]string{true: "camera.address", false: "camera.closed"}[name == "redirect"]; fault.Key(err) != want {
			t.Errorf("%s: %v", name, err)
		}
		if !loggedIn || len(hosts) != 1 || !hosts[h.Addr()] {
			t.Errorf("%s: requests name %v", name, hosts)
		}
	}
	if reached.Load() > 0 {
		t.Error("the other host was reached")
	}
	if err := victim.SetReadDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if n, _, err := victim.ReadFrom(make([]byte, 1500)); err == nil {
		t.Errorf("the other host got %d bytes by UDP", n)
	}
}

// TestSecretsStay: the password is in no error, no print and no log.
func TestSecretsStay(t *testing.T) {
	const password, user = "Kanarie-8a1e52", "kanariefugl"
	clip := open(t, testcam.Tiny)
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	cfg := camera.Config{User: user, Password: password, Allow: loopback(t)}
	fmt.Fprintf(&out, "%v %+v %#v %s %q", cfg, cfg, cfg, cfg.Password, cfg.Password)
	log.Info("camera", "config", cfg, "password", cfg.Password)
	cam := start(t, testcam.Options{Clip: clip, Login: testcam.LoginDigest, User: user, Password: "et-andet"})
	basic := start(t, testcam.Options{Clip: clip, Login: testcam.LoginBasic, User: user, Password: password})
	// A server that repeats what it was sent, in every place it can.
	echo := func(challenge, status string) string {
		s := &testcam.Script{Clip: clip, Answer: func(w io.Writer, r *testcam.Request) bool {
			a := r.Header["authorization"]
			if a == "" {
				_, _ = io.WriteString(w, r.Status("401 Unauthorized", "WWW-Authenticate: "+challenge+"\r\n", ""))
			} else {
				a = a[:min(len(a), 200)]
				_, _ = io.WriteString(w, r.Status(status+a, "Server: "+a+"\r\nContent-Type: "+a+"\r\nSession: "+a+"\r\n", "x"))
			}
			return true
		}}
		h, err := testcam.NewHostile("", s.Serve)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(h.Close)
		return h.URL()
	}
	digest := `Digest realm="r", nonce="n"`
	for _, url := range []string{cam.URL(), echo(digest, "500 "), echo(`Basic realm="r"`, "500 "), echo(`Basic realm="r"`, "200 "), "rtsp://127.0.0.1:1/", "rtsp://10.0.0.1/", "nonsense", basic.URL() + "/elsewhere"} {
		cfg.URL = url
		err := camera.Run(t.Context(), cfg, clock.System(), newKeeper())
		fmt.Fprintf(&out, "%v %+v %#v\n", err, err, errors.Unwrap(err))
		log.Error("session", "err", err)
	}
	if strings.Contains(out.String(), password) || strings.Contains(out.String(), base64.StdEncoding.EncodeToString([]byte(user+":"+password))) {
		t.Errorf("the password came out: %s", out.String())
	}
}

// TestUnreachable: nobody there, and somebody who never answers the door.
func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	_ = l.Close()
	err = camera.Run(t.Context(), camera.Config{URL: "rtsp://" + gone + "/", Allow: loopback(t)}, clock.System(), newKeeper())
	if fault.Key(err) != "camera.unreachable" {
		t.Error(err)
	}
	// A socket that accepts nothing: its queue is filled, then connections hang.
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	full := fmt.Sprintf("127.0.0.1:%d", sa.(*unix.SockaddrInet4).Port)
	for {
		c, err := net.DialTimeout("tcp", full, 300*time.Millisecond)
		if err != nil {
			break
		}
		defer func() { _ = c.Close() }()
	}
	fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	stop, done := session(t, camera.Config{URL: "rtsp://" + full + "/", Allow: loopback(t)}, fake, newKeeper())
	took := drive(t, fake, done)
	if err := stop(); fault.Key(err) != "camera.unreachable" || took > camera.SilentAfter {
		t.Errorf("after %s: %v", took, err)
	}
}

func TestBackoff(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		seen := map[time.Duration]bool{}
		for range 50 {
			d := camera.Backoff(n, r)
			if d < time.Second || d > time.Minute || n >= 6 && d < 50*time.Second {
				t.Fatalf("attempt %d: %s", n, d)
			}
			seen[d] = true
		}
		if len(seen) < 20 {
			t.Errorf("attempt %d: only %d different waits", n, len(seen))
		}
	}
}
