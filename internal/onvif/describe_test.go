package onvif_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/onvif"
	"vidne.dk/vidne/internal/onvif/onviftest"
	"vidne.dk/vidne/internal/req"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func client(t *testing.T, c *onviftest.Camera, user, password string, change ...func(*onvif.Config)) *onvif.Client {
	t.Helper()
	var d net.Dialer
	cfg := onvif.Config{Address: c.Address(), User: user, Password: password, Clock: clock.NewFake(noon), Dial: d.DialContext}
	for _, f := range change {
		f(&cfg)
	}
	k, err := onvif.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func camera() onviftest.Options {
	return onviftest.Options{Login: onviftest.LoginToken, User: "root", Password: "pæn\"<&", Now: func() time.Time { return noon.Add(-73 * time.Hour) }, NTP: true, Media2: true,
		StreamURL: "rtsp://root:x@127.0.0.1:8554/cam?a=1", Encoding: "H265", Width: 2560, Height: 1440, FPS: 12.5, Recordings: -1}
}

func TestACameraSaysWhatItIs(t *testing.T) {
	req.Shows(t, "CASE-7", "SITE-6")
	want := onvif.Description{Manufacturer: "Vidne", Model: "Prøvekamera 3000", Firmware: "1.2.3", Serial: "ACCC8E000001", Hardware: "7.1", Name: "Hoveddør øst",
		Profiles: []string{"Streaming", "T"}, ClockKnown: true, Clock: -73 * time.Hour, ClockSet: "NTP",
		Streams: []onvif.Stream{{Token: "p&1", Name: "main", Codec: "H.265", Width: 2560, Height: 1440, FPS: 12.5, BitRate: 2048000, URL: "rtsp://127.0.0.1:8554/cam?a=1"}}}
	for name, change := range map[string]func(*onviftest.Options, *onvif.Description){
		"the newer media service, a token, its clock three days slow": func(*onviftest.Options, *onvif.Description) {},
		"the older media service, HTTP digest": func(o *onviftest.Options, d *onvif.Description) {
			o.Media2, o.Login, o.Encoding = false, onviftest.LoginDigest, "H264"
			d.Streams[0].Codec = "H.264"
		},
		"HTTP digest whose numbers grow stale": func(o *onviftest.Options, _ *onvif.Description) { o.Login, o.StaleAfter = onviftest.LoginDigest, 2 },
		"in the open, with two recordings of its own": func(o *onviftest.Options, d *onvif.Description) {
			o.Login, o.Recordings, d.Storage = onviftest.LoginNone, 2, onvif.Storage{Service: true, Recordings: 2}
		},
		"a stream on another host is not believed": func(o *onviftest.Options, d *onvif.Description) {
			o.StreamURL, d.Streams[0].URL = "rtsp://169.254.169.254/", ""
		},
		"its own words are made short and printable": func(o *onviftest.Options, d *onvif.Description) {
			o.Model, d.Model = "\u202eX\n\t"+strings.Repeat("é", 300), "X"+strings.Repeat("é", 99)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, want := camera(), want
			want.Streams = slices.Clone(want.Streams)
			change(&o, &want)
			c := onviftest.Start(t, o)
			got, err := client(t, c, "root", "pæn\"<&").Describe(t.Context())
			if err != nil || cmp.Diff(want, got) != "" {
				t.Errorf("%v\n%s", err, cmp.Diff(want, got))
			}
			for _, q := range c.Asked() {
				if strings.Contains(q, "Snapshot") {
					t.Errorf("a picture was asked for: %s", q)
				}
			}
		})
	}
}

func TestAWrongPasswordEndsThere(t *testing.T) {
	for _, login := range []onviftest.Login{onviftest.LoginToken, onviftest.LoginDigest} {
		o := camera()
		o.Login = login
		_, err := client(t, onviftest.Start(t, o), "root", "hemmelig").Describe(t.Context())
		if fault.Key(err) != "camera.auth" || strings.Contains(err.Error(), "hemmelig") {
			t.Errorf("login %d: %v", login, err)
		}
	}
}

func TestACameraBehindTLSIsKnownByItsCertificate(t *testing.T) {
	o := camera()
	o.TLS = true
	c := onviftest.Start(t, o)
	sum := sha256.Sum256(c.Cert())
	d, err := client(t, c, "root", o.Password, func(cfg *onvif.Config) { cfg.CertSHA256 = hex.EncodeToString(sum[:]) }).Describe(t.Context())
	if err != nil || !d.HTTPS || len(d.Streams) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	for _, pin := range []string{"", strings.Repeat("00", 32)} {
		if _, err := client(t, c, "root", o.Password, func(cfg *onvif.Config) { cfg.CertSHA256 = pin }).Describe(t.Context()); err == nil {
			t.Errorf("pin %q: a certificate that nobody vouches for was taken", pin)
		}
	}
}

// search looks on loopback only.
func search(port int, targets ...string) onvif.Search {
	s := onvif.Search{Allow: func(a netip.Addr) bool { return a.IsLoopback() }, Wait: 2 * time.Second, Enough: len(targets), Port: uint16(port)}
	for _, a := range targets {
		s.Targets = append(s.Targets, netip.MustParseAddr(a))
	}
	return s
}

// freePort is a UDP port that is free on loopback now.
func freePort(t *testing.T) int {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

func TestCamerasAreFoundOnTheNetwork(t *testing.T) {
	req.Shows(t, "SITE-6")
	port := freePort(t)
	var cams []*onviftest.Camera
	for _, host := range []string{"127.0.0.2", "127.0.0.3"} {
		cams = append(cams, onviftest.Start(t, onviftest.Options{Host: host, SearchPort: port}))
	}
	onviftest.Start(t, onviftest.Options{Host: "127.0.0.4", SearchPort: port, XAddr: "http://127.0.0.9/onvif/device_service"}) // names another host
	found, err := onvif.Discover(t.Context(), search(port, "127.0.0.3", "127.0.0.2", "127.0.0.4", "127.0.0.5"))
	if err != nil || len(found) != 2 {
		t.Fatalf("%+v, %v", found, err)
	}
	want := onvif.Device{Host: netip.MustParseAddr("127.0.0.2"), Address: cams[0].Address(), Endpoint: "urn:uuid:00000000-0000-4000-8000-000000000001",
		Name: "Hoveddør øst", Hardware: "P3245", Location: "skole", Profiles: []string{"Streaming", "T"}}
	if cmp.Diff(want, found[0], cmp.Comparer(func(a, b netip.Addr) bool { return a == b })) != "" {
		t.Errorf("%+v", found[0])
	}
	// What is outside is neither asked nor listed.
	s := search(port, "127.0.0.2", "127.0.0.3")
	s.Allow, s.Wait = func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.3") }, 300*time.Millisecond
	found, err = onvif.Discover(t.Context(), s)
	if err != nil || len(found) != 1 || found[0].Host != s.Targets[1] || len(cams[0].Asked()) != 1 {
		t.Errorf("%+v, %v; the other was asked %v", found, err, cams[0].Asked())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if found, err := onvif.Discover(ctx, search(port, "127.0.0.2")); err != nil || len(found) != 0 {
		t.Errorf("after the end: %v, %v", found, err)
	}
	s.Targets = make([]netip.Addr, onvif.MaxTargets+1)
	if _, err := onvif.Discover(t.Context(), s); fault.Key(err) != "discovery.targets" {
		t.Errorf("too many: %v", err)
	}
}

// Who has joined the group is asked without being named.
func TestCamerasAreFoundByTheirGroup(t *testing.T) {
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	c, err := net.ListenMulticastUDP("udp4", lo, &net.UDPAddr{IP: net.IPv4(239, 255, 255, 250), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := make(chan string, 1)
	go func() {
		b := make([]byte, 4096)
		if n, _, err := c.ReadFromUDP(b); err == nil {
			got <- string(b[:n])
		}
	}()
	s := search(port)
	s.From, s.Wait = []netip.Addr{netip.MustParseAddr("127.0.0.1")}, time.Second
	if _, err := onvif.Discover(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	select {
	case q := <-got:
		if !strings.Contains(q, "NetworkVideoTransmitter") {
			t.Errorf("%s", q)
		}
	default:
		t.Error("nobody asked the group")
	}
}
