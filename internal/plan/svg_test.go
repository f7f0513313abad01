package plan_test

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/req"
)

// wellFormed reads SVG as XML does, and holds it against the content policy:
// no style attribute, no script, no handler, no foreign address.
func wellFormed(t *testing.T, svg string) map[string]int {
	t.Helper()
	count := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%.500s", err, svg)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		count[e.Name.Local]++
		if slices.Contains([]string{"script", "style", "foreignObject"}, e.Name.Local) {
			t.Errorf("it holds <%s>", e.Name.Local)
		}
		for _, a := range e.Attr {
			if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
				t.Errorf("it holds the attribute %s", a.Name.Local)
			}
			if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
				t.Errorf("%s=%q", a.Name.Local, a.Value)
			}
		}
	}
}

func words() plan.Words {
	return plan.Words{Title: "Tegning: Gård", About: "1 kamera", Watched: "Beskrevet område", Ground: "Matrikelskel", Avoided: "Må ikke ses",
		Walls: "Mur", Camera: "Kamera", North: "N", Metres: "m", NoScale: "Ikke målfast"}
}

func TestDrawingsShowEveryCameraAndArea(t *testing.T) {
	req.Shows(t, "SITE-3")
	d := yard()
	d.Areas = append(d.Areas, plan.Area{ID: "nabo", Name: "Naboens have", Use: plan.Avoided, Corners: rect(800, 50, 100, 100)})
	svg := plan.SVG(d, plan.Options{ID: "t", Words: words(), Legend: true, Background: "/sager/2026-014/tegninger/a/billede?v=1&x=2",
		States: map[string]plan.State{"gaard-1": {Class: "good", Text: "Optager"}}, Links: map[string]string{"gaard-1": "/kameraer/gaard-1"}})
	count := wellFormed(t, svg)
	if count["image"] != 1 || count["a"] != 1 || count["desc"] != 1 {
		t.Errorf("elements: %v", count)
	}
	for _, want := range []string{"Gård mod øst · Optager", "Skolegården", "Naboens have", "Matr.nr. 7a", "Må ikke ses", ">10 m<", ">N<", "plan-watched", "plan-ground", "plan-avoided", `role="group"`, `href="/kameraer/gaard-1"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is not on it", want)
		}
	}
	if strings.Contains(svg, "Ikke målfast") {
		t.Error("a drawing with a scale says that it has none")
	}
	d.MetresPerPixel = 0
	if svg = plan.SVG(d, plan.Options{ID: "t", Words: words(), Legend: true}); !strings.Contains(svg, "Ikke målfast") {
		t.Error("a drawing without a scale does not say so")
	}
}

func TestNamesAreNeverMarkup(t *testing.T) {
	d := yard()
	d.Cameras[0].Name = `"><script>alert(1)</script>`
	d.Areas[0].Name = `</text><style>x`
	svg := plan.SVG(d, plan.Options{ID: "t", Words: words(), Background: `x" onload="y`})
	if count := wellFormed(t, svg); count["script"] != 0 || !strings.Contains(svg, "&lt;script&gt;") {
		t.Errorf("elements: %v", count)
	}
}

func TestScaleBarsAreRound(t *testing.T) {
	for _, tc := range []struct{ scale, room, want float64 }{
		{0.1, 160, 10}, {0.01, 160, 1}, {0.02, 100, 2}, {0.05, 100, 5}, {0.05, 199, 5}, {1, 999, 500},
	} {
		d := plan.Drawing{Width: 1000, Height: 500, MetresPerPixel: tc.scale}
		metres, px := d.Bar(tc.room)
		near(t, "metres", metres, tc.want, 1e-9)
		near(t, "px", px, tc.want/tc.scale, 1e-6)
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	req.Shows(t, "CASE-10")
	keys := func(d plan.Drawing) string {
		var out []string
		for _, f := range d.Check() {
			out = append(out, f.Key)
		}
		return strings.Join(out, " ")
	}
	for name, tc := range map[string]struct {
		change func(*plan.Drawing)
		want   string
	}{
		"nothing":           {func(*plan.Drawing) {}, ""},
		"no scale":          {func(d *plan.Drawing) { d.MetresPerPixel = 0 }, "scale beyond"},
		"empty":             {func(d *plan.Drawing) { d.Areas, d.Cameras = nil, nil }, "cameras areas"},
		"no kind":           {func(d *plan.Drawing) { d.Areas[1].Kind = "" }, "kind"},
		"no name":           {func(d *plan.Drawing) { d.Areas[0].Name = "" }, "name"},
		"nothing described": {func(d *plan.Drawing) { d.Cameras[0].At = pt{100, 250}; d.Cameras[0].Direction = 0 }, "noarea"},
		"beyond":            {func(d *plan.Drawing) { d.Cameras[0].At.X = 640 }, "beyond"},
		"beyond the land": {func(d *plan.Drawing) {
			d.Cameras[0].At.X = 600
			d.Areas[0].Corners = rect(10, 10, 700, 480)
		}, "beyond ground"},
		"outside the ground": {func(d *plan.Drawing) { d.Areas[0].Corners = rect(0, 0, 400, 500) }, "elsewhere"},
		"a neighbour": {func(d *plan.Drawing) {
			d.Areas = append(d.Areas, plan.Area{ID: "nabo", Name: "Nabo", Use: plan.Avoided, Corners: rect(600, 200, 50, 50)})
		}, "avoided"},
		"crossed": {func(d *plan.Drawing) { d.Areas[0].Corners = []pt{{0, 0}, {1000, 500}, {1000, 0}, {0, 500}} }, "crossed"},
		"into a wall": {func(d *plan.Drawing) {
			d.Areas[1].Walled = true
			d.Cameras[0].At, d.Cameras[0].Direction, d.Cameras[0].Angle = pt{699.99, 250}, 90, 10
		}, "blind"},
	} {
		t.Run(name, func(t *testing.T) {
			d := yard()
			tc.change(&d)
			if got := keys(d); got != tc.want {
				t.Errorf("found %q, want %q: %+v", got, tc.want, d.Check())
			}
		})
	}
}
