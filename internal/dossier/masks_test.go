package dossier_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/req"
)

// What the approved drawing covers of a picture is covered at the engine
// before it may record, and follows the camera from then on.
func TestTheApprovedMaskIsInForceBeforeThePermit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		req.Shows(t, "VIEW-4", "CASE-2")
		b := set(t, d)
		ctx := t.Context()
		id := b.apply("skole-1", "skole-2")
		garden := []plan.Spot{{X: 0, Y: 0}, {X: 4000, Y: 0}, {X: 4000, Y: 2500}, {X: 0, Y: 2500}}
		window := []plan.Spot{{X: 8000, Y: 1000}, {X: 9000, Y: 1000}, {X: 9000, Y: 2000}}
		draw := func(masks ...[]plan.Spot) {
			_, err := b.Drawings.Create(ctx, herning, id, plan.Drawing{Title: "Plan", Width: 1000, Height: 800, Areas: []plan.Area{}, Cameras: []plan.Placed{
				{Camera: "skole-1", Name: "skole-1", At: plan.Point{X: 100, Y: 100}, Angle: 90, Range: 20, Masks: masks},
				{Camera: "skole-2", Name: "skole-2", At: plan.Point{X: 300, Y: 100}, Angle: 90, Range: 20, Masks: [][]plan.Spot{}},
			}}, drawing.Who{Person: hanne.Person, Name: hanne.Name})
			must(t, err)
		}
		draw(garden)
		draw(window) // a second drawing of the same place
		must(t, b.herning.Until(ctx, id, ""))
		b.deliver()
		if len(b.engine.errs) > 0 || !b.may("skole-1") {
			t.Fatalf("the case did not come to its permits: %v", b.engine.errs)
		}
		area := func(a []plan.Spot) (out []permit.Point) {
			for _, p := range a {
				out = append(out, permit.Point(p))
			}
			return out
		}
		m := b.engine.book.Masked("skole-1")
		if m == nil {
			t.Fatal("the mask did not reach the engine")
		}
		if d := cmp.Diff([][]permit.Point{area(garden), area(window)}, m.Areas); d != "" {
			t.Error(d)
		}
		if m := b.engine.book.Masked("skole-2"); m != nil {
			t.Errorf("a camera without masks got %+v", m)
		}
		order := map[casework.EventKind]int64{}
		all, err := b.Journal(ctx, herning, id, 0)
		must(t, err)
		for _, e := range all {
			if e.Data["camera"] == "skole-1" {
				order[e.Kind] = e.Seq
			}
		}
		if order["mask.issued"] == 0 || order["mask.issued"] > order["permit.issued"] {
			t.Errorf("the journal has them in this order: %v", order)
		}
		serial := m.Serial
		_, err = b.Reissue(ctx, herning, id, "skole-1", hanne)
		must(t, err)
		b.deliver()
		if m := b.engine.book.Masked("skole-1"); m.Serial != serial {
			t.Error("the same mask was issued again")
		}
	})
}
