package fetch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/evidence/evidencetest"
	"vidne.dk/vidne/internal/evidence/fetch"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
	"vidne.dk/vidne/internal/verify"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// scene is an engine after a little over a minute: "doer" was away for some
// seconds, "skift" was replaced by a camera of another size, "nabo" is masked.
type scene struct {
	*enginetest.Site
	from, to time.Time
	kit      *evidencetest.Kit
	foot     *fetch.Footage
}

func play(t *testing.T) *scene {
	t.Helper()
	s := enginetest.New(t, evidencetest.Start)
	halt := s.Run(12)
	door, swapped := s.Camera(testcam.Tiny), s.Camera(testcam.Tiny)
	cams := []*testcam.Camera{door, swapped, s.Camera(testcam.Tiny)}
	for i, name := range []string{"doer", "skift", "nabo"} {
		s.Reach(&permit.Camera{Camera: name, Name: `Kamera "` + name + `" æøå`, URL: cams[i].URL(), Transport: permit.TransportTCP})
		s.Allow(name)
		s.Recorded(name, time.Second)
	}
	from := s.Now()
	s.Recorded("skift", 20*time.Second)
	door.Close()
	swapped.Close()
	s.Recorded("nabo", 35*time.Second)
	cams = append(cams, s.Camera(testcam.Tiny), s.Camera(testcam.Reorder))
	for i, name := range []string{"doer", "skift"} {
		s.Reach(&permit.Camera{Camera: name, Name: `Kamera "` + name + `" æøå`, URL: cams[3+i].URL(), Transport: permit.TransportTCP})
	}
	s.Recorded("doer", 45*time.Second)
	s.Recorded("skift", 45*time.Second)
	to := s.Now()
	halt()
	for _, c := range cams {
		c.Close()
	}
	s.Fake.Advance(2*permit.LiveAge + 30*time.Second)
	s.Serial++
	s.Say(&permit.Mask{Head: s.Head(), Camera: "nabo", Serial: s.Serial, Areas: [][]permit.Point{{{X: 0, Y: 0}, {X: 10000, Y: 0}, {X: 10000, Y: 5000}, {X: 0, Y: 5000}}}})
	x := &scene{Site: s, from: from.Truncate(time.Second), to: to.Truncate(time.Second), kit: evidencetest.New(t)}
	x.kit.Maker.Clock = s.Clock
	x.foot = &fetch.Footage{Client: s.Client, Clock: s.Clock, Zone: x.kit.Order.Zone, Order: func(_ context.Context, camera string, from, to time.Time) (engineapi.Pass, error) {
		return s.Pass(s.Order(from, to, camera)), nil
	}}
	o := x.kit.Order
	o.Originals, o.Logs, o.Events = nil, nil, nil
	for _, name := range []string{"doer", "skift", "nabo"} {
		o.Originals = append(o.Originals, evidence.Asked{Camera: evidence.Camera{ID: name, Name: `Kamera "` + name + `" æøå`}, From: x.from, To: x.to, Viewing: true})
	}
	return x
}

// facts asks while the fake clock goes, since facts wait for what is not
// sealed yet.
func (x *scene) facts() {
	x.T.Helper()
	halt := x.Run(20)
	defer halt()
	must(x.T, x.foot.Facts(x.T.Context(), x.kit.Order))
}

func (x *scene) check(m *evidence.Made) *verify.Report {
	x.T.Helper()
	key, err := verify.ParseKey(x.kit.Order.Logs[0].Key)
	must(x.T, err)
	certs, err := verify.ParseCertificates(x.kit.Maker.Signer.Certificate())
	must(x.T, err)
	zip, err := os.ReadFile(filepath.Join(m.Dir, "BEVIS-"+m.ID+".zip"))
	must(x.T, err)
	r, err := verify.Envelope(bytes.NewReader(zip), int64(len(zip)), m.Passphrase.Reveal(), verify.PackageOptions{Keys: []verify.Key{key}, Certificates: certs})
	must(x.T, err)
	return r
}

func text(t *testing.T, r *verify.Report) string {
	t.Helper()
	var b strings.Builder
	must(t, r.Text(&b, verify.Danish))
	return b.String()
}

type manifest struct {
	Originals []struct {
		File   string
		Camera struct{ ID, Permit string }
		Mask   string
		Codec  string
		Width  int
		Gaps   []struct{ Cause string }
		Copies []string
	}
}

// A package from real footage: gaps with their cause, a camera replaced in the
// middle, a masked one; it verifies, plays, and lies nowhere in the clear.
func TestAPackageFromTheEngine(t *testing.T) {
	req.Shows(t, "EVID-5", "EVID-6", "VIEW-4")
	t.Setenv("TMPDIR", t.TempDir())
	x := play(t)
	x.facts()
	for _, a := range x.kit.Order.Originals {
		if len(a.Segments) == 0 || a.Camera.Permit == "" || a.Clock.Server == "" {
			t.Errorf("%s: %d segments, permit %q, clock %+v", a.Camera.ID, len(a.Segments), a.Camera.Permit, a.Clock)
		}
	}
	if len(x.kit.Order.Originals[0].Clock.Offsets) == 0 {
		t.Error("nothing is known of a camera's clock")
	}
	var door bytes.Buffer
	_, err := x.foot.Original(t.Context(), "doer", x.from, x.to, &door, io.Discard)
	must(t, err)
	at := bytes.Index(door.Bytes(), []byte("mdat"))
	picture := door.Bytes()[at+200 : at+264]
	m, err := x.kit.Maker.Make(t.Context(), x.kit.Order, &searching{x.foot, func() { x.clear(picture, "on the way") }})
	must(t, err)
	x.clear(picture, "afterwards")
	if r := x.check(m); !r.OK() {
		t.Error(text(t, r))
	}
	var got manifest
	must(t, json.Unmarshal(m.Manifest, &got))
	of := map[string]int{}
	for _, o := range got.Originals {
		of[o.Camera.ID]++
		switch {
		case o.Camera.ID == "nabo" && (o.File != "" || o.Mask != "painted" || len(o.Copies) != 1):
			t.Errorf("masked: %+v", o)
		case o.Camera.ID != "nabo" && (o.File == "" || o.Codec != "H.264" || o.Width == 0):
			t.Errorf("%+v", o)
		case o.Camera.ID == "doer" && (len(o.Gaps) != 1 || o.Gaps[0].Cause == "unknown"):
			t.Errorf("the gap: %+v", o)
		}
	}
	if of["doer"] != 1 || of["skift"] != 2 || of["nabo"] != 1 {
		t.Errorf("originals: %v", of)
	}
	dir := t.TempDir()
	if out, err := exec.Command("7zz", "x", "-p"+m.Passphrase.Reveal(), "-o"+dir, filepath.Join(m.Dir, "BEVIS-"+m.ID+".zip")).CombinedOutput(); err != nil {
		t.Fatalf("7-Zip: %s", out)
	}
	films := 0
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".mp4") {
			films++
			probe(t, path)
		}
		return err
	}))
	if films != 3+4 { // the replaced camera has two of each
		t.Errorf("%d films", films)
	}
	page, err := os.ReadFile(filepath.Join(dir, "1-SE-HER", "se.html"))
	if s := string(page); err != nil || strings.Count(s, "<video") != 4 || !strings.Contains(s, `class="missing"`) || !strings.Contains(s, "Kamera &#34;doer&#34; æøå") {
		t.Errorf("%v: %s", err, s)
	}
}

// probe wants a film to be H.264 that is read and decoded without complaint.
func probe(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,pix_fmt", "-of", "csv=p=0", path).CombinedOutput()
	if s := strings.TrimSpace(string(out)); err != nil || s != "h264,yuv420p" {
		t.Errorf("ffprobe %s: %v %s", path, err, s)
	}
	if out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-xerror", "-i", path, "-f", "null", "-").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("ffmpeg %s: %v %s", path, err, out)
	}
}

// searching looks for footage in the clear whenever a piece goes by.
type searching struct {
	evidence.Footage
	look func()
}

func (s *searching) Original(ctx context.Context, camera string, from, to time.Time, mp4, samples io.Writer) (evidence.Delivered, error) {
	defer s.look()
	return s.Footage.Original(ctx, camera, from, to, &looking{mp4, s.look, 0}, samples)
}

type looking struct {
	io.Writer
	look func()
	n    int
}

func (l *looking) Write(b []byte) (int, error) {
	if l.n++; l.n%3 == 1 {
		l.look()
	}
	return l.Writer.Write(b)
}

// clear looks through every file that the engine, the maker or anybody else
// here has written.
func (x *scene) clear(picture []byte, when string) {
	x.T.Helper()
	for _, dir := range []string{x.Dir, x.kit.Maker.Dir, os.Getenv("TMPDIR")} {
		must(x.T, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil //nolint:nilerr // renamed meanwhile
			}
			if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, picture) {
				x.T.Errorf("%s: footage in the clear in %s", when, path)
			}
			return nil
		}))
	}
}

// Footage that is deleted while the export runs, an order that is withdrawn,
// an engine that goes: the package ends, and nothing is left of it.
func TestWhatEndsAPackage(t *testing.T) {
	x := play(t)
	x.facts()
	empty := func(what string) {
		t.Helper()
		if list, err := os.ReadDir(x.kit.Maker.Dir); err != nil || len(list) > 0 {
			t.Errorf("%s: %v is left, %v", what, list, err)
		}
	}
	at := 0
	during := func(f func()) evidence.Footage {
		at = 0
		return &hooked{x.foot, func() {
			if at++; at == 2 {
				f()
			}
		}}
	}
	// What ends the right to look ends the export.
	_, err := x.kit.Maker.Make(t.Context(), x.kit.Order, during(func() {
		x.Say(&permit.Stop{Head: x.Head(), Cameras: []string{"doer"}, Reason: "prøve"})
	}))
	if !fault.Is(err, fault.Refused) {
		t.Errorf("stopped: %v", err)
	}
	empty("stopped")
	if _, err := x.foot.Original(t.Context(), "nabo", x.from, x.to, io.Discard, io.Discard); fault.Key(err) != "mask.original" {
		t.Errorf("a masked original: %v", err)
	}
	// A caller that goes away.
	x.kit.Order.Originals = x.kit.Order.Originals[1:]
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := x.kit.Maker.Make(ctx, x.kit.Order, during(cancel)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	empty("cancelled")
	// Its time comes while it is being read.
	_, err = x.kit.Maker.Make(t.Context(), x.kit.Order, during(func() { x.Fake.Advance(15 * 24 * time.Hour) }))
	if err == nil {
		t.Error("footage past its time was given out")
	}
	empty("deleted")
	if _, err := x.foot.Original(t.Context(), "skift", x.from, x.to, io.Discard, io.Discard); !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Refused) {
		t.Errorf("afterwards: %v", err)
	}
	x.Stop()
	if err := x.foot.Facts(t.Context(), x.kit.Order); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an engine that is gone: %v", err)
	}
}

// hooked calls f before each piece of an original.
type hooked struct {
	evidence.Footage
	f func()
}

func (h *hooked) Original(ctx context.Context, camera string, from, to time.Time, mp4, samples io.Writer) (evidence.Delivered, error) {
	return h.Footage.Original(ctx, camera, from, to, &looking{mp4, h.f, 0}, samples)
}
