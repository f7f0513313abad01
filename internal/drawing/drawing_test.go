package drawing_test

import (
	"bytes"
	"crypto/ed25519"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/req"
)

type bench struct {
	*drawing.Room
	clk    *clock.Fake
	ledger *ledger.Log
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	b := &bench{clk: clock.NewFake(time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC))}
	var err error
	b.ledger, err = ledger.Open(t.Context(), d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	docs, err := document.Open(t.Context(), document.Config{DB: d, Ledger: b.ledger, Clock: b.clk, Dir: t.TempDir(), Master: [32]byte{1}})
	must(t, err)
	b.Room, err = drawing.Open(t.Context(), drawing.Config{DB: d, Ledger: b.ledger, Clock: b.clk, Documents: docs})
	must(t, err)
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func yard() plan.Drawing {
	return plan.Drawing{Title: "Gård", Width: 200, Height: 100, MetresPerPixel: 0.1, Areas: []plan.Area{}, Cameras: []plan.Placed{{Camera: "gaard-1", Name: "Gård",
		At: plan.Point{X: 50, Y: 50}, Angle: 90, Range: 5, Masks: [][]plan.Spot{}}}}
}

var anna, bo = drawing.Who{Person: "p-1", Name: "Anna Berg"}, drawing.Who{Person: "p-2", Name: "Bo Lind"}

func pixels(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		m.Set(x, h/2, color.RGBA{200, 0, 0, 255})
	}
	return m
}

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, pixels(w, h)))
	return b.Bytes()
}

func TestEveryVersionIsKept(t *testing.T) {
	req.Shows(t, "SITE-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		first, err := b.Create(t.Context(), "lindeby", "2026-014", yard(), anna)
		must(t, err)
		b.clk.Advance(time.Minute)
		next := yard()
		next.Cameras[0].Direction = 45
		second, err := b.Save(t.Context(), first.Of, first.Version, next, bo)
		must(t, err)
		same, err := b.Save(t.Context(), first.Of, second.Version, next, anna)
		must(t, err)
		if second.Version != 2 || same.Version != 2 || same.By != bo {
			t.Errorf("versions %d and %d, by %v", second.Version, same.Version, same.By)
		}
		old, err := b.Load(t.Context(), first.Of, 1)
		must(t, err)
		now, err := b.Load(t.Context(), first.Of, 0)
		must(t, err)
		if !reflect.DeepEqual(old.Drawing, yard()) || now.Drawing.Cameras[0].Direction != 45 || old.By != anna {
			t.Errorf("old %+v\nnow %+v", old, now)
		}
		versions, err := b.Versions(t.Context(), first.Of)
		must(t, err)
		list, err := b.List(t.Context(), "lindeby", "2026-014")
		must(t, err)
		if len(versions) != 2 || versions[0].Version != 2 || len(list) != 1 || list[0].Version != 2 || list[0].Name != "Bo Lind" {
			t.Errorf("versions %+v, list %+v", versions, list)
		}
		entries, err := b.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"drawing.saved"}})
		must(t, err)
		if len(entries) != 2 {
			t.Errorf("%d entries, want 2", len(entries))
		}
	})
}

func TestNobodyWritesOverWhatTheyHaveNotSeen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		k, err := b.Create(t.Context(), "lindeby", "2026-014", yard(), anna)
		must(t, err)
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() {
				mine := yard()
				mine.Cameras[0].Direction = float64(10 + i)
				_, errs[i] = b.Save(t.Context(), k.Of, k.Version, mine, bo)
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !fault.Is(err, fault.Conflict) || fault.Key(err) != "drawing.changed":
				t.Error(err)
			}
		}
		versions, err := b.Versions(t.Context(), k.Of)
		must(t, err)
		if won != 1 || len(versions) != 2 {
			t.Errorf("%d saves on one version went through, %d versions", won, len(versions))
		}
		newest, err := b.Save(t.Context(), k.Of, 1, yard(), bo)
		if !fault.Is(err, fault.Conflict) || newest.Version != 2 {
			t.Errorf("the newest version is not told: %+v, %v", newest, err)
		}
	})
}

func TestDrawingsBelongToTheirCase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		k, err := b.Create(t.Context(), "lindeby", "2026-014", yard(), anna)
		must(t, err)
		p, err := b.AddPicture(t.Context(), "lindeby", "2026-014", "plan.png", bytes.NewReader(pngOf(t, 200, 100)), 0, "", anna)
		must(t, err)
		for _, of := range []drawing.Of{{"herning", k.Case, k.ID}, {k.Controller, "2026-015", k.ID}, {k.Controller, k.Case, "tegning-9"}} {
			if _, err := b.Load(t.Context(), of, 0); !fault.Is(err, fault.NotFound) {
				t.Errorf("%v: %v", of, err)
			}
			if _, err := b.Save(t.Context(), of, 1, yard(), bo); !fault.Is(err, fault.NotFound) {
				t.Errorf("saved %v: %v", of, err)
			}
		}
		other := yard()
		other.Picture = p.Document
		if _, err := b.Create(t.Context(), "lindeby", "2026-015", other, bo); !fault.Is(err, fault.NotFound) {
			t.Errorf("another case's picture: %v", err)
		}
		if _, _, err := b.ReadPicture(t.Context(), "herning", "2026-014", p.Document); !fault.Is(err, fault.NotFound) {
			t.Errorf("another controller's picture: %v", err)
		}
		other.Width = 300
		if _, err := b.Save(t.Context(), k.Of, 1, other, bo); !fault.Is(err, fault.Invalid) {
			t.Errorf("another size than the picture's: %v", err)
		}
	})
}

func TestPicturesAreDrawnAnew(t *testing.T) {
	req.Shows(t, "CASE-10")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		var photo bytes.Buffer
		must(t, jpeg.Encode(&photo, pixels(64, 32), nil))
		raw := photo.Bytes()
		hidden := append(append(append([]byte{}, raw[:2]...), "\xff\xfe\x00\x0chemmeligt"...), raw[2:]...)
		p, err := b.AddPicture(t.Context(), "lindeby", "2026-014", "foto.jpg", bytes.NewReader(hidden), 0.25, "© SDFI", anna)
		must(t, err)
		kind, content, err := b.ReadPicture(t.Context(), "lindeby", "2026-014", p.Document)
		must(t, err)
		defer content.Close()
		kept, err := io.ReadAll(content)
		must(t, err)
		if kind != "image/jpeg" || bytes.Contains(kept, []byte("hemmeligt")) || p.Width != 64 || p.Height != 32 {
			t.Errorf("%s, %+v; what hid in it was kept: %v", kind, p, bytes.Contains(kept, []byte("hemmeligt")))
		}
		again, err := b.PictureOf(t.Context(), "lindeby", "2026-014", p.Document)
		must(t, err)
		if again != p {
			t.Errorf("got %+v, want %+v", again, p)
		}
		for name, body := range map[string]struct{ body, key string }{
			"SVG":    {`<svg xmlns="http://www.w3.org/2000/svg"/>`, "picture.type"},
			"broken": {string(pngOf(t, 64, 64)[:90]), "picture.broken"},
			"tiny":   {string(pngOf(t, 4, 4)), "picture.size"},
			"wide":   {string(pngOf(t, plan.MaxSide+1, 16)), "picture.size"},
			"nought": {"", "picture.type"},
		} {
			if _, err := b.AddPicture(t.Context(), "lindeby", "2026-014", "x.png", strings.NewReader(body.body), 0, "", anna); !fault.Is(err, fault.Invalid) || fault.Key(err) != body.key {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAChangeBeginsWithWhatIsApproved(t *testing.T) {
	req.Shows(t, "CASE-15")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		p, err := b.AddPicture(t.Context(), "lindeby", "2026-014", "plan.png", bytes.NewReader(pngOf(t, 200, 100)), 0, "", anna)
		must(t, err)
		approved := yard()
		approved.Picture = p.Document
		k, err := b.Create(t.Context(), "lindeby", "2026-014", approved, anna)
		must(t, err)
		for i := range 2 {
			c, err := b.Copy(t.Context(), k.Of, 1, "2026-020", bo)
			must(t, err)
			if c.Case != "2026-020" || c.Version != 1 || !reflect.DeepEqual(c.Drawing, approved) || c.ID != []string{"tegning-1", "tegning-2"}[i] {
				t.Errorf("copied %+v", c)
			}
		}
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := b.UseIn(t.Context(), tx, k.Of, 1)
			return err
		}))
		if err := b.Documents.Remove(t.Context(), "lindeby", p.Document, "p-1"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a picture that an application rests on was removed: %v", err)
		}
	})
}
