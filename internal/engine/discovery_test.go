package engine_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/onvif"
	"vidne.dk/vidne/internal/onvif/onviftest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// The camera of these tests has an address of loopback to itself, since it
// answers searches on the port that all cameras do.
const probedHost = "127.91.7.1"

func onlyThere(c *engine.Config) {
	n, err := camera.ParseNetworks("127.91.7.0/29")
	if err != nil {
		panic(err)
	}
	c.Networks = n
}

func TestACameraIsFoundAndProbedAndNothingIsRecorded(t *testing.T) {
	req.Shows(t, "SITE-6", "CASE-7")
	s := enginetest.New(t, time.Time{}, onlyThere)
	cam := s.Camera(testcam.Tiny, func(o *testcam.Options) {
		o.Listen, o.Login, o.User, o.Password = probedHost+":0", testcam.LoginDigest, "root", "hemmelig"
	})
	told := onviftest.Start(t, onviftest.Options{Host: probedHost, SearchPort: onvif.Port, Login: onviftest.LoginDigest, User: "root", Password: "hemmelig",
		Now: func() time.Time { return time.Now().Add(time.Hour) }, NTP: true, Media2: true, StreamURL: cam.URL(), Encoding: "H264", Width: 1920, Height: 1080, FPS: 25, Recordings: 1})

	// It is found, by who asks, and the search is in the ledger.
	d, err := s.Client.Discover(t.Context(), engineapi.DiscoverQuery{Controller: enginetest.Controller, By: "p-9"})
	if err != nil || len(d.Cameras) != 1 || d.Asked != 6 || len(d.Left) != 0 {
		t.Fatalf("%+v, %v", d, err)
	}
	if f := d.Cameras[0]; f.Host != probedHost || f.Address != told.Address() || f.Hardware != "P3245" || len(f.Cameras) != 0 {
		t.Errorf("%+v", f)
	}
	if e := s.Ledger("discovery.done"); len(e) != 1 || !strings.Contains(string(e[0].Body), `"by":"p-9"`) {
		t.Errorf("%+v", e)
	}

	// It is probed: what the stream shows, and what the camera says of itself.
	probe := &permit.Probe{Head: s.Head(), Camera: "new", URL: cam.URL(), Transport: permit.TransportTCP, Sealed: s.Seal("new", "root", "hemmelig"), Expires: s.Now().Add(time.Minute)}
	got, err := s.Client.Probe(t.Context(), s.Sign(probe))
	if err != nil {
		t.Fatal(err)
	}
	if got.Codec != "H.264" || got.Width == 0 || got.ONVIF == nil || got.ONVIFCause != "" {
		t.Fatalf("%+v", got)
	}
	if o := got.ONVIF; o.Model != "Prøvekamera 3000" || o.Firmware != "1.2.3" || len(o.Profiles) != 2 || o.ClockSet != "NTP" || time.Duration(o.ClockMS)*time.Millisecond < 59*time.Minute ||
		o.Storage != "found" || o.Recordings != 1 || len(o.Streams) != 1 || o.Streams[0].URL != cam.URL() || o.Streams[0].Width != 1920 {
		t.Errorf("%+v", o)
	}
	for _, q := range told.Asked() {
		if strings.Contains(q, "Snapshot") {
			t.Error("a picture was asked for")
		}
	}
	e := s.Ledger("probe.done")
	if len(e) != 1 || !strings.Contains(string(e[0].Body), "Prøvekamera 3000") || strings.Contains(string(e[0].Body), "hemmelig") {
		t.Errorf("%+v", e)
	}
	// Nothing of it lets the camera record.
	if in, err := s.Client.Permit(t.Context(), "new"); err == nil && (in.Permit != nil || in.Covers) {
		t.Errorf("a permit came of it: %+v", in)
	}
	if n := s.Seconds("new"); n != 0 {
		t.Errorf("%v seconds were recorded", n)
	}

	// A camera that the engine reaches is told apart in the next search.
	s.Connect("known", cam, "root", "hemmelig")
	d, err = s.Client.Discover(t.Context(), engineapi.DiscoverQuery{Controller: enginetest.Controller, By: "p-9", Networks: []string{probedHost}})
	if err != nil || len(d.Cameras) != 1 || len(d.Cameras[0].Cameras) != 1 || d.Cameras[0].Cameras[0] != "known" {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = s.Client.Discover(t.Context(), engineapi.DiscoverQuery{Controller: "another", By: "p-9", Networks: []string{probedHost}})
	if err != nil || len(d.Cameras) != 1 || len(d.Cameras[0].Cameras) != 0 {
		t.Errorf("another controller sees its name: %+v, %v", d, err)
	}
	if s.State("known", engineapi.StateNoPermit); s.Seconds("known") != 0 {
		t.Error("it records without a permit")
	}
}

func TestNobodySearchesOutsideTheNetworks(t *testing.T) {
	req.Shows(t, "SITE-6")
	s := enginetest.New(t, time.Time{}, onlyThere)
	for _, c := range []struct {
		q   engineapi.DiscoverQuery
		key string
	}{
		{engineapi.DiscoverQuery{}, "discovery.by"},
		{engineapi.DiscoverQuery{Controller: "c", By: "p", Networks: []string{"127.0.0.1"}}, "camera.address"},
		{engineapi.DiscoverQuery{Controller: "c", By: "p", Networks: []string{"0.0.0.0/0"}}, "camera.address"},
		{engineapi.DiscoverQuery{Controller: "c", By: "p", Networks: []string{"169.254.169.254"}}, "camera.address"},
		{engineapi.DiscoverQuery{Controller: "c", By: "p", Networks: []string{"127.91.7.0/28"}}, "camera.address"},
		{engineapi.DiscoverQuery{Controller: "c", By: "p", Networks: []string{"not a network"}}, "camera.network"},
	} {
		if _, err := s.Client.Discover(t.Context(), c.q); fault.Key(err) != c.key {
			t.Errorf("%+v: %v", c.q, err)
		}
	}
	if n := len(s.Ledger("discovery.refused")); n != 5 {
		t.Errorf("%d refusals in the ledger", n)
	}
	// Large networks are said to be left, not asked.
	wide := enginetest.New(t, time.Time{}, func(c *engine.Config) {
		c.Networks = camera.Networks{netip.MustParsePrefix("127.92.0.0/16"), netip.MustParsePrefix("127.91.7.4/32")}
	})
	d, err := wide.Client.Discover(t.Context(), engineapi.DiscoverQuery{Controller: "c", By: "p"})
	if err != nil || len(d.Left) != 1 || d.Left[0] != "127.92.0.0/16" || d.Asked != 1 || len(d.Cameras) != 0 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestACameraThatCannotBeProbedIsSaidSo(t *testing.T) {
	s := enginetest.New(t, time.Time{}, onlyThere)
	cam := s.Camera(testcam.Tiny, func(o *testcam.Options) {
		o.Listen, o.Login, o.User, o.Password = "127.91.7.2:0", testcam.LoginDigest, "root", "hemmelig"
	})
	for url, key := range map[string]string{cam.URL(): "camera.auth", "rtsp://127.0.0.1:1/": "camera.address", "rtsp://127.91.7.3:1/": "camera.unreachable"} {
		probe := &permit.Probe{Head: s.Head(), Camera: "new", URL: url, Transport: permit.TransportTCP, Sealed: s.Seal("new", "root", "forkert"), Expires: s.Now().Add(time.Minute)}
		if _, err := s.Client.Probe(t.Context(), s.Sign(probe)); fault.Key(err) != key {
			t.Errorf("%s: %v", url, err)
		}
	}
	e := s.Ledger("probe.failed")
	if len(e) != 3 {
		t.Errorf("%d failures in the ledger", len(e))
	}
	for _, x := range e {
		if strings.Contains(string(x.Body), "forkert") || !strings.Contains(string(x.Body), `"controller":"`+enginetest.Controller+`"`) {
			t.Errorf("%s", x.Body)
		}
	}
}
