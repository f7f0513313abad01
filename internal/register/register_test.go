package register

import (
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

type world struct {
	*Register
	clk    *clock.Fake
	ledger *ledger.Log
}

func each(t *testing.T, f func(t *testing.T, w world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		clk := clock.NewFake(time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC))
		l, err := ledger.Open(t.Context(), d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(t.Context(), d, l, clk)
		if err != nil {
			t.Fatal(err)
		}
		w := world{r, clk, l}
		for _, c := range []string{"lindeby", "kadence"} {
			w.ok(t, r.AddController(t.Context(), Controller{ID: c, Name: strings.ToUpper(c), Kind: Municipality}, "p-1"))
			for _, l := range []string{"skole", "bibliotek"} {
				w.ok(t, r.AddLocation(t.Context(), Location{ID: c + "-" + l, Controller: c, Name: "Åby " + l, Address: "Torvet 1"}, "p-1"))
			}
		}
		f(t, w)
	})
}

func (w world) ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func cam(id, controller, location, name string) Camera {
	return Camera{ID: id, Controller: controller, Location: location, Name: name, Make: "Axis", Model: "P3245"}
}

func ids(cams []Camera) string {
	var out []string
	for _, c := range cams {
		out = append(out, c.ID)
	}
	return strings.Join(out, " ")
}

func TestCamerasAreFoundByTheirOwnController(t *testing.T) {
	req.Shows(t, "SITE-1", "SITE-2")
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		w.ok(t, w.AddCamera(ctx, cam("s-1", "lindeby", "lindeby-skole", "Hovedindgang"), "p-1"))
		w.ok(t, w.AddCamera(ctx, cam("s-2", "lindeby", "lindeby-skole", "100 % glas_dør"), "p-1"))
		w.ok(t, w.AddCamera(ctx, cam("b-1", "lindeby", "lindeby-bibliotek", "Foyer"), "p-1"))
		w.ok(t, w.AddCamera(ctx, cam("k-1", "kadence", "kadence-skole", "Sal"), "p-1"))
		for _, c := range []struct {
			name string
			q    Query
			want string
		}{
			{"all of one's own, by place and name", Query{Controller: "lindeby"}, "b-1 s-2 s-1"},
			{"another's", Query{Controller: "kadence"}, "k-1"},
			{"words in any order and case", Query{Controller: "lindeby", Text: "INDGANG skole"}, "s-1"},
			{"the place's name counts", Query{Controller: "lindeby", Text: "bibliotek"}, "b-1"},
			{"a wildcard is a letter", Query{Controller: "lindeby", Text: "100 %"}, "s-2"},
			{"an underscore is a letter", Query{Controller: "lindeby", Text: "s_d"}, "s-2"},
			{"an underscore matches nothing else", Query{Controller: "lindeby", Text: "v_dindgang"}, ""},
			{"one place", Query{Controller: "lindeby", Location: "lindeby-skole"}, "s-2 s-1"},
			{"no places", Query{Controller: "lindeby", Locations: []string{}}, ""},
			{"some places", Query{Controller: "lindeby", Locations: []string{"lindeby-bibliotek", "kadence-skole"}}, "b-1"},
			{"a page", Query{Controller: "lindeby", Limit: 1, Offset: 1}, "s-2"},
		} {
			got, total, err := w.Cameras(ctx, c.q)
			if err != nil || ids(got) != c.want {
				t.Errorf("%s: %q, %v", c.name, ids(got), err)
			}
			if c.q.Limit > 0 && total != 3 {
				t.Errorf("%s: %d in all", c.name, total)
			}
		}
		if _, err := w.Camera(ctx, "kadence", "s-1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("another controller's camera: %v", err)
		}
		if c, err := w.Camera(ctx, "lindeby", "s-1"); err != nil || c.Where != "Åby skole" || c.Added.IsZero() {
			t.Errorf("%+v, %v", c, err)
		}
		w.ok(t, w.RemoveCamera(ctx, "lindeby", "s-1", "p-1"))
		if got, _, err := w.Cameras(ctx, Query{Controller: "lindeby"}); err != nil || ids(got) != "b-1 s-2" {
			t.Errorf("after one was taken down: %q, %v", ids(got), err)
		}
		if got, _, err := w.Cameras(ctx, Query{Controller: "lindeby", Removed: true}); err != nil || len(got) != 3 {
			t.Errorf("with those taken down: %q, %v", ids(got), err)
		}
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		for _, id := range []string{"", "Å", "a b", "../x", "-a", "a-", strings.Repeat("a", 65)} {
			if err := w.AddCamera(ctx, cam(id, "lindeby", "lindeby-skole", "x"), "p-1"); !fault.Is(err, fault.Invalid) {
				t.Errorf("id %q: %v", id, err)
			}
		}
		if err := w.AddCamera(ctx, cam("x", "lindeby", "kadence-skole", "x"), "p-1"); fault.Key(err) != "register.location" {
			t.Errorf("at another's place: %v", err)
		}
		w.ok(t, w.AddCamera(ctx, cam("x", "lindeby", "lindeby-skole", "x"), "p-1"))
		if err := w.AddCamera(ctx, cam("x", "lindeby", "lindeby-skole", "x"), "p-1"); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
	})
}
