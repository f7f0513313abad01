package plan_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/plan"
)

func encoded(t testing.TB, d plan.Drawing) []byte {
	t.Helper()
	b, err := plan.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDrawingsComeBackAsTheyWere(t *testing.T) {
	d := yard()
	d.Cameras[0].Masks = [][]plan.Spot{{{0, 0}, {10_000, 0}, {5000, 10_000}}}
	got, err := plan.Decode(encoded(t, d))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, d) {
		t.Errorf("got %+v\nwant %+v", got, d)
	}
}

func TestForeignDrawingsAreRefused(t *testing.T) {
	good := string(encoded(t, yard()))
	for name, tc := range map[string]struct{ body, key string }{
		"nothing":          {"", "plan.json"},
		"an unknown field": {strings.Replace(good, `"title"`, `"x":1,"title"`, 1), "plan.json"},
		"something after":  {good + "{}", "plan.json"},
		"a list":           {"[]", "plan.json"},
		"too long":         {`{"title":"` + strings.Repeat("a", plan.MaxBytes) + `"}`, "plan.size"},
		"an endless range": {strings.Replace(good, `"range":15`, `"range":1e300`, 1), "plan.range"},
		"a huge number":    {strings.Replace(good, `"range":15`, `"range":1e999`, 1), "plan.json"},
		"no width":         {strings.Replace(good, `"width":1000`, `"width":0`, 1), "plan.size"},
		"a far camera":     {strings.Replace(good, `{"x":500,"y":250}`, `{"x":-5,"y":250}`, 1), "plan.outside"},
		"a full turn":      {strings.Replace(good, `"direction":90`, `"direction":360`, 1), "plan.direction"},
		"markup as an id":  {strings.Replace(good, `"camera":"gaard-1"`, `"camera":"<b>"`, 1), "plan.id"},
		"an id twice":      {strings.Replace(good, `"id":"grund"`, `"id":"gaard"`, 1), "plan.twice"},
		"another use":      {strings.Replace(good, `"use":"ground"`, `"use":"moon"`, 1), "plan.use"},
		"a line break":     {strings.Replace(good, `Skoleg`, `Skole\n`, 1), "plan.text"},
		"a turned text":    {strings.Replace(good, `Skoleg`, `Skole\u202e`, 1), "plan.text"},
		"a picture's path": {strings.Replace(good, `"picture":""`, `"picture":"../etc/passwd"`, 1), "plan.picture"},
	} {
		if tc.body == good {
			t.Fatalf("%s: the case changes nothing", name)
		}
		_, err := plan.Decode([]byte(tc.body))
		if !fault.Is(err, fault.Invalid) || fault.Key(err) != tc.key {
			t.Errorf("%s: got %v, want %s", name, err, tc.key)
		}
	}
}

func TestNumbersThatAreNoneAreRefused(t *testing.T) {
	fields := map[string]func(*plan.Drawing) *float64{
		"scale":     func(d *plan.Drawing) *float64 { return &d.MetresPerPixel },
		"north":     func(d *plan.Drawing) *float64 { return &d.North },
		"x":         func(d *plan.Drawing) *float64 { return &d.Cameras[0].At.X },
		"y":         func(d *plan.Drawing) *float64 { return &d.Cameras[0].At.Y },
		"direction": func(d *plan.Drawing) *float64 { return &d.Cameras[0].Direction },
		"angle":     func(d *plan.Drawing) *float64 { return &d.Cameras[0].Angle },
		"range":     func(d *plan.Drawing) *float64 { return &d.Cameras[0].Range },
		"height":    func(d *plan.Drawing) *float64 { return &d.Cameras[0].Height },
		"corner":    func(d *plan.Drawing) *float64 { return &d.Areas[0].Corners[0].X },
	}
	for name, field := range fields {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1e9, 1e9} {
			d := yard()
			*field(&d) = bad
			if err := d.Valid(); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s %g: %v", name, bad, err)
			}
		}
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	for name, fill := range map[string]func(*plan.Drawing){
		"cameras": func(d *plan.Drawing) { d.Cameras = make([]plan.Placed, plan.MaxCameras+1) },
		"areas":   func(d *plan.Drawing) { d.Areas = make([]plan.Area, plan.MaxAreas+1) },
		"corners": func(d *plan.Drawing) { d.Areas[0].Corners = make([]pt, plan.MaxCorners+1) },
		"few":     func(d *plan.Drawing) { d.Areas[0].Corners = d.Areas[0].Corners[:2] },
		"masks":   func(d *plan.Drawing) { d.Cameras[0].Masks = make([][]plan.Spot, plan.MaxMasks+1) },
		"spots":   func(d *plan.Drawing) { d.Cameras[0].Masks = [][]plan.Spot{make([]plan.Spot, plan.MaxSpots+1)} },
		"a spot":  func(d *plan.Drawing) { d.Cameras[0].Masks = [][]plan.Spot{{{0, 0}, {1, 1}, {plan.Grid + 1, 0}}} },
	} {
		d := yard()
		fill(&d)
		if err := d.Valid(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := plan.Encode(d); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	d := yard()
	d.Cameras[0].Masks = [][]plan.Spot{{{0, 0}, {10_000, 0}, {5000, 10_000}}}
	f.Add(encoded(f, d))
	d.Areas[1].Walled = true
	f.Add(encoded(f, d))
	f.Add([]byte(`{"title":"x","width":1,"height":1}`))
	f.Add([]byte(`{"width":1e3}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := plan.Decode(b)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("refused as %v: %v", fault.Of(err), err)
			}
			return
		}
		out := encoded(t, d)
		again, err := plan.Decode(out)
		if err != nil {
			t.Fatalf("not read again: %v", err)
		}
		if x := encoded(t, again); string(x) != string(out) {
			t.Fatal("written otherwise the second time")
		}
		if len(d.Cameras) > 5 || len(d.Areas) > 5 {
			return // slow, and nothing new
		}
		for _, c := range plan.Compare(d, again) {
			if c.Kind != plan.Unchanged || !c.Inside {
				t.Fatalf("compared with itself: %+v", c)
			}
		}
		if _, err := json.Marshal(d.Check()); err != nil { // no NaN among the figures
			t.Fatal(err)
		}
		wellFormed(t, plan.SVG(d, plan.Options{ID: "x", Legend: true, Background: "/billede"}))
	})
}
