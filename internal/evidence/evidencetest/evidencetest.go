// Package evidencetest makes real evidence packages for tests: a clip as
// footage of two cameras, remuxed by the engine's export, a ledger that names
// its segments, and a signing key, each made anew in a folder of the test's.
package evidencetest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/export"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/testcam"
)

// Start is when the footage begins.
var Start = time.Date(2026, 11, 3, 13, 0, 0, 0, time.UTC)

// Kit is what packages are made of.
type Kit struct {
	Maker  *evidence.Maker
	Order  *evidence.Order
	Source *Source
	LogKey string // verifier key of the log
	Cert   string // file with the sender's certificate
	Log    *ledger.Log
	Clock  *clock.Fake
}

// Source is footage of cameras, by camera.
type Source struct {
	Pieces map[string][]export.Piece
	Break  error // given after the first piece, if not nil
}

const (
	groups = 12
	per    = 4 // groups a segment
)

// Gap is how long camera "b" is away before its group of pictures GapAt.
const (
	Gap   = 7 * time.Second
	GapAt = 8
)

// New makes a kit: cameras "a" and "b", each three segments, "b" with a gap.
func New(t testing.TB) *Kit {
	t.Helper()
	return Jumping(t, func(camera string, group int) time.Duration {
		if camera == "b" && group == GapAt {
			return Gap
		}
		return 0
	})
}

// Jumping is [New] with another course of time: jump is how much later, or
// earlier, than the group before a group of pictures begins. It may be earlier
// where a segment begins, each four groups, and later anywhere.
func Jumping(t testing.TB, jump func(camera string, group int) time.Duration) *Kit {
	t.Helper()
	dir := t.TempDir()
	k := &Kit{Clock: clock.NewFake(Start.Add(time.Hour)), Source: &Source{Pieces: map[string][]export.Piece{}}}
	zone, err := time.LoadLocation("Europe/Copenhagen")
	must(t, err)
	name := evidence.Name{Controller: "Lindeby Kommune", CVR: "12345678"}
	signer, err := evidence.OpenSigner(filepath.Join(dir, "keys"), name, k.Clock.Now())
	must(t, err)
	k.Cert = filepath.Join(dir, "afsender.pem")
	must(t, os.WriteFile(k.Cert, signer.Certificate(), 0o600))
	k.Maker = &evidence.Maker{FS: durable.OS(), Dir: filepath.Join(dir, "out"), Clock: k.Clock, Signer: signer, Fonts: fonts(t)}
	must(t, os.MkdirAll(k.Maker.Dir, 0o700))
	k.Order = &evidence.Order{
		ID: "20261103-A1B2", Software: "vidne test", Controller: name, Police: true, Journals: []string{"4100-12345-00017-26"},
		Requester: evidence.Requester{Name: "pa. Å. Ørsted", Station: "Lindeby Politistation", Authority: "Midt- og Vestjyllands Politi", Ground: "tv-overvågningsloven § 4 c, stk. 1, nr. 3"},
		Approvals: []evidence.Approval{{What: "Udlevering godkendt", By: "Karen \"K\" Holm", At: Start.Add(30 * time.Minute)}},
		KeptUntil: Start.Add(60 * 24 * time.Hour), Zone: zone,
		Events: []evidence.Event{{At: Start, Who: "motor-1", What: "Optaget"}, {At: Start.Add(40 * time.Minute), Who: "Karen Holm", What: "Udtræk bestilt", Log: "vidne/motor-1", Index: 3}},
	}
	k.logs(t, jump)
	return k
}

// Make makes the package; the test fails if it cannot.
func (k *Kit) Make(t testing.TB) *evidence.Made {
	t.Helper()
	m, err := k.Maker.Make(context.Background(), k.Order, k.Source)
	must(t, err)
	return m
}

func (k *Kit) logs(t testing.TB, jump func(string, int) time.Duration) {
	ctx := context.Background()
	d := dbtest.Open(t, dbtest.SQLite(t))
	var err error
	k.Log, err = ledger.Open(ctx, d, "motor-1", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize)), k.Clock)
	must(t, err)
	_, k.LogKey = k.Log.Public()
	add := func(kind string, body any) (index int64) {
		must(t, d.Write(ctx, func(tx *db.Tx) error {
			index, err = k.Log.Append(ctx, tx, k.Clock.Now(), kind, body)
			return err
		}))
		return index
	}
	for i, camera := range []string{"a", "b"} {
		pieces, to := footage(t, camera, i, jump)
		k.Source.Pieces[camera] = pieces
		a := evidence.Asked{
			Camera: evidence.Camera{ID: camera, Name: "Kamera " + camera + " \"indgang\" æøå", Address: "Skolevej 1, Lindeby", Make: "Axis", Model: "P3245", Serial: "ACCC" + camera,
				Firmware: "11.2", Basis: "tv-overvågningsloven § 2 d", Permit: "3c3c"},
			From: Start, To: to, Mask: "none", Clock: evidence.Clock{Server: "NTP, 3 kilder", Offsets: []evidence.Offset{{At: Start, Offset: -1500 * time.Millisecond}}, Checked: "2026-10-01, KH"},
		}
		for n := 1; n < len(pieces); n++ {
			if from := pieces[n-1].End; pieces[n].Start.Sub(from) > time.Second {
				a.Stretch = append(a.Stretch, evidence.Stretch{From: from, To: pieces[n].Start, Cause: "camera.closed"})
			}
		}
		for n := 0; n < len(pieces); {
			add("camera.connected", map[string]string{"camera": camera})
			id, m := pieces[n].ID, n
			sum := sha256.New()
			pictures := int64(0)
			for ; m < len(pieces) && pieces[m].ID == id; m++ {
				sum.Write(pieces[m].Data)
				must(t, media.ParseFragment(pieces[m].Data, func(media.Sample) { pictures++ }))
			}
			s := evidence.Segment{ID: id, Log: k.Log.Origin(), SHA256: hex.EncodeToString(sum.Sum(nil)), From: pieces[n].Start, To: pieces[m-1].End, Pictures: pictures}
			s.Index = add("segment.sealed", map[string]any{"segment": id, "archive": "2b", "controller": "lindeby", "camera": camera, "stream": "main", "permit": "3c",
				"class": "crime", "start": s.From.UnixMicro(), "end": s.To.UnixMicro(), "delete_after": 0, "hold_limit": 0, "size": 1, "sha256": s.SHA256, "pictures": pictures, "cause": "minute"})
			a.Segments = append(a.Segments, s)
			n = m
		}
		k.Order.Originals = append(k.Order.Originals, a)
	}
	_, err = k.Log.Checkpoint(ctx)
	must(t, err)
	size, err := k.Log.Size(ctx)
	must(t, err)
	var b bytes.Buffer
	must(t, k.Log.ExtractSome(ctx, 0, size, &b, func(e *ledger.Entry) bool { return e.Kind == "segment.sealed" }))
	k.Order.Logs = []evidence.Log{{Origin: k.Log.Origin(), Extract: b.Bytes(), Key: k.LogKey}}
}

// Original is what the engine does.
func (s *Source) Original(ctx context.Context, camera string, from, to time.Time, mp4, samples io.Writer) (evidence.Delivered, error) {
	p := &pieces{end: io.EOF}
	for _, x := range s.Pieces[camera] {
		if x.End.After(from) && x.Start.Before(to) {
			p.list = append(p.list, x)
		}
	}
	if s.Break != nil {
		p.list, p.end = p.list[:1], s.Break
	}
	o, err := export.WithList(ctx, mp4, samples, export.About{Unit: "Vidne test", Source: "Kamera " + camera, At: Start.Add(time.Hour)}, p)
	d := evidence.Delivered{From: o.From, To: o.To, Pictures: o.Pictures, Codec: o.Codec, Width: o.Width, Height: o.Height, Segments: o.Segments, Changed: o.Changed}
	for _, g := range o.Gaps {
		d.Gaps = append(d.Gaps, evidence.Stretch{From: g.From, To: g.To})
	}
	return d, err
}

// Viewing gives the pictures again, which are H.264 already.
func (s *Source) Viewing(ctx context.Context, camera string, from, to time.Time, mp4 io.Writer) (evidence.Derived, error) {
	_, err := s.Original(ctx, camera, from, to, mp4, io.Discard)
	return evidence.Derived{Tool: "export", Version: "test", Arguments: []string{"remux"}}, err
}

type pieces struct {
	list []export.Piece
	end  error
}

func (p *pieces) Next(context.Context) (*export.Piece, error) {
	if len(p.list) == 0 {
		return nil, p.end
	}
	x := p.list[0]
	p.list = p.list[1:]
	return &x, nil
}

// footage is a clip as one camera's, from its n-th picture so that cameras
// differ.
func footage(t testing.TB, camera string, n int, jump func(string, int) time.Duration) ([]export.Piece, time.Time) {
	t.Helper()
	clip, err := testcam.Open(testcam.Tiny)
	must(t, err)
	track := media.Track{ID: 1, Codec: clip.Codec, Timescale: 90000, VPS: clip.VPS, SPS: clip.SPS, PPS: clip.PPS, Width: clip.Width, Height: clip.Height, FPS: clip.FPS}
	initial, err := media.Init([]media.Track{track})
	must(t, err)
	var out []export.Piece
	var frag media.Fragmenter
	frame, step, at := 0, int64(90000/clip.FPS), Start
	for skip := 0; skip <= n; frame++ {
		if clip.Frames[frame%len(clip.Frames)].Key {
			if skip++; skip > n {
				break
			}
		}
	}
	for g := range groups {
		at = at.Add(jump(camera, g))
		if g%per == 0 {
			frag.Begin([]media.Track{track})
		}
		frag.Reset()
		begun := frame
		for {
			f := clip.Frames[frame%len(clip.Frames)]
			if f.Key && frame > begun {
				break
			}
			var b []byte
			for _, nal := range f.NALs {
				b = append(append(b, byte(len(nal)>>24), byte(len(nal)>>16), byte(len(nal)>>8), byte(len(nal))), nal...)
			}
			must(t, frag.Add(&media.Sample{Track: 1, DTS: int64(frame) * step, PTS: int64(frame) * step, Key: f.Key, Data: b}))
			frame++
		}
		end := at.Add(time.Duration(frame-begun) * time.Second / time.Duration(clip.FPS))
		sum := sha256.Sum256(fmt.Append(nil, camera, g/per))
		id := hex.EncodeToString(sum[:16])
		out = append(out, export.Piece{Segment: id, ID: id, Start: at, End: end, Init: initial, Data: bytes.Clone(frag.Bytes(uint32(g + 1)))})
		at = end
	}
	return out, at
}

// fonts are Debian's, so that tests need no built interface.
func fonts(t testing.TB) paper.Fonts {
	t.Helper()
	read := func(name string) []byte {
		b, err := os.ReadFile("/usr/share/fonts/truetype/dejavu/" + name)
		must(t, err)
		return b
	}
	return paper.Fonts{Regular: read("DejaVuSans.ttf"), Bold: read("DejaVuSans-Bold.ttf")}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
