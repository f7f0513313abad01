package register

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// entries are the ledger's bodies of one kind, in order.
func (w world) entries(t *testing.T, kind string) []string {
	t.Helper()
	all, err := w.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{kind}})
	w.ok(t, err)
	var out []string
	for _, e := range all {
		out = append(out, string(e.Body))
	}
	return out
}

func TestOfTwoWhoEditTheSecondIsTold(t *testing.T) {
	req.Shows(t, "SITE-1")
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		w.ok(t, w.AddAdministration(ctx, Administration{ID: "skoler", Controller: "lindeby", Name: "Børn og Unge"}, "p-1"))
		first, err := w.Location(ctx, "lindeby", "lindeby-skole")
		w.ok(t, err)
		second := first
		first.Administration, first.Activity, first.Position = "skoler", "school", Position{56.1384, 8.9738}
		first.Opening = OpeningHours{permit.Hours{Zone: "Europe/Copenhagen", Week: [7]permit.Spans{{{From: "07:30", To: "16:00"}}},
			Dates: []permit.Date{{Date: "2026-12-24", Name: "Juleaften"}}}}
		w.ok(t, w.UpdateLocation(ctx, first, "p-1"))
		second.Name = "Åby Ny Skole"
		if err := w.UpdateLocation(ctx, second, "p-2"); !fault.Is(err, fault.Conflict) || fault.Key(err) != "register.changed" {
			t.Errorf("the second: %v", err)
		}
		now, err := w.Location(ctx, "lindeby", "lindeby-skole")
		w.ok(t, err)
		if now.Name != "Åby skole" || now.Position != first.Position || now.Version != 2 || len(now.Opening.Week[0]) != 1 || now.Opening.Dates[0].Name != "Juleaften" {
			t.Errorf("%+v", now)
		}
		if e := w.entries(t, "location.changed"); len(e) != 1 || !strings.Contains(e[0], `"activity":{"was":"","is":"school"}`) || strings.Contains(e[0], "cadastre") {
			t.Errorf("the entry says what was and what is: %s", e)
		}
		// Nothing changed: nothing is written.
		w.ok(t, w.UpdateLocation(ctx, now, "p-1"))
		if again, err := w.Location(ctx, "lindeby", "lindeby-skole"); err != nil || again.Version != 2 {
			t.Errorf("version %d after a change that changes nothing", again.Version)
		}
		for _, c := range []struct {
			name, key string
			change    func(*Location)
		}{
			{"another's administration", "location.administration", func(l *Location) { l.Administration = "deres" }},
			{"off the map", "location.position", func(l *Location) { l.Position.Lat = 91 }},
			{"hours that overlap", "location.opening", func(l *Location) {
				l.Opening.Week[0] = permit.Spans{{From: "07:00", To: "12:00"}, {From: "11:00", To: "13:00"}}
			}},
			{"no name", "location.name", func(l *Location) { l.Name = "" }},
		} {
			w.ok(t, ignore(w.AddAdministration(ctx, Administration{ID: "deres", Controller: "kadence", Name: "Deres"}, "p-1")))
			l, err := w.Location(ctx, "lindeby", "lindeby-skole")
			w.ok(t, err)
			c.change(&l)
			if err := w.UpdateLocation(ctx, l, "p-1"); fault.Key(err) != c.key {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		c, err := w.Controller(ctx, "lindeby")
		w.ok(t, err)
		c.Contact = "Torvet 2"
		w.ok(t, w.UpdateController(ctx, c, "p-1"))
		if err := w.UpdateController(ctx, c, "p-1"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a controller edited twice: %v", err)
		}
	})
}

// ignore lets what is there already be there.
func ignore(err error) error {
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

func TestACamerasFactsAreHeldAndFollowItsPlace(t *testing.T) {
	req.Shows(t, "SITE-2", "SITE-1", "SITE-7")
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		w.ok(t, w.AddArea(ctx, Area{ID: "a-1", Controller: "lindeby", Location: "lindeby-skole", Name: "Indgang", PlaceKind: "own-entrance"}, "p-1"))
		c := Camera{ID: "s-1", Controller: "lindeby", Location: "lindeby-skole", Area: "a-1", Name: "Hovedindgang", Make: "Axis", Model: "P3245",
			PlaceKind: "own-entrance", Mounting: "Over døren", Direction: "Mod gården", Purpose: "Hærværk", PurposeKind: "crime", Basis: "§ 2 d", BasisID: "2d",
			Engine: "e-1", HeightCM: 320, ViewDegrees: 90, View: "Døren", Quality: "1080p", Function: "Uden lyd"}
		w.ok(t, w.AddCamera(ctx, c, "p-1"))
		got, err := w.Camera(ctx, "lindeby", "s-1")
		w.ok(t, err)
		c.Added, c.Version, c.Where = got.Added, 1, "Åby skole"
		if got != c {
			t.Errorf("%+v\n%+v", got, c)
		}
		got.LifeCritical = true
		if err := w.UpdateCamera(ctx, got, "p-1"); fault.Key(err) != "camera.life-critical" {
			t.Errorf("life-critical without a reason: %v", err)
		}
		got.LifeReason, got.LifeOtherwise = "Overvåger et sikringsrum", "Fast vagt og et anlæg for sig"
		w.ok(t, w.UpdateCamera(ctx, got, "p-1"))
		if err := w.UpdateCamera(ctx, got, "p-2"); fault.Key(err) != "register.changed" {
			t.Errorf("edited by two: %v", err)
		}
		if cams, total, err := w.Cameras(ctx, Query{Controller: "lindeby", LifeCritical: true}); err != nil || total != 1 || cams[0].LifeOtherwise == "" {
			t.Errorf("life-critical ones: %v, %v", cams, err)
		}
		// It is found by its place's new name.
		l, err := w.Location(ctx, "lindeby", "lindeby-skole")
		w.ok(t, err)
		l.Name = "Vestre Skole"
		w.ok(t, w.UpdateLocation(ctx, l, "p-1"))
		if cams, _, err := w.Cameras(ctx, Query{Controller: "lindeby", Text: "vestre", Area: "a-1", PlaceKind: "own-entrance"}); err != nil || ids(cams) != "s-1" {
			t.Errorf("by its new place: %q, %v", ids(cams), err)
		}
		other := cam("s-2", "lindeby", "lindeby-bibliotek", "Foyer")
		other.Area = "a-1"
		if err := w.AddCamera(ctx, other, "p-1"); fault.Key(err) != "register.area" {
			t.Errorf("in another place's area: %v", err)
		}
		// A place that is shut says which cameras are to be ended, and takes no more.
		var left []string
		w.ok(t, w.db.Write(ctx, func(tx *db.Tx) (err error) {
			left, err = w.ShutLocation(ctx, tx, "lindeby", "lindeby-skole", w.clk.Now(), "Skolen er nedlagt", "p-1")
			return err
		}))
		if len(left) != 1 || left[0] != "s-1" {
			t.Errorf("left: %v", left)
		}
		if err := w.AddCamera(ctx, cam("s-3", "lindeby", "lindeby-skole", "Ny"), "p-1"); fault.Key(err) != "location.shut" {
			t.Errorf("a camera at a place that is shut: %v", err)
		}
		if found, total, err := w.FindLocations(ctx, LocationQuery{Controller: "lindeby"}); err != nil || total != 1 || found[0].ID != "lindeby-bibliotek" {
			t.Errorf("open places: %v, %v", found, err)
		}
		if e := w.entries(t, "location.shut"); len(e) != 1 || !strings.Contains(e[0], "s-1") {
			t.Errorf("%s", e)
		}
	})
}

func TestWhatAProbeFoundIsKept(t *testing.T) {
	req.Shows(t, "CASE-7")
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		w.ok(t, w.AddCamera(ctx, cam("s-1", "lindeby", "lindeby-skole", "Indgang"), "p-1"))
		found := Found{engineapi.Probed{Codec: "H.265", Width: 2560, Height: 1440, FPS: 12.5, Encrypted: true, ClockMS: 840}}
		w.ok(t, w.KeepEvidence(ctx, Evidence{Camera: "s-1", Controller: "lindeby", Statement: "st-1", Found: found, By: "p-1"}))
		w.clk.Advance(time.Hour)
		found.ClockMS = 12
		w.ok(t, w.KeepEvidence(ctx, Evidence{Camera: "s-1", Controller: "lindeby", Statement: "st-2", Found: found, By: "p-1"}))
		all, err := w.EvidenceOf(ctx, "lindeby", "s-1")
		if err != nil || len(all) != 2 || all[0].Statement != "st-2" || all[1].Found.ClockMS != 840 || all[1].Found.Codec != "H.265" {
			t.Fatalf("%+v, %v", all, err)
		}
		if other, err := w.EvidenceOf(ctx, "kadence", "s-1"); err != nil || len(other) != 0 {
			t.Errorf("another controller's: %v, %v", other, err)
		}
		if p, err := w.Proven(ctx, "lindeby", []string{"s-1", "s-9"}); err != nil || len(p) != 1 {
			t.Errorf("%v, %v", p, err)
		}
		// An order on quality is held against it (§ 4 b).
		want := Demands{Width: 3840, Height: 2160, FPS: 12.5, KeepHours: 24 * 30}
		b, err := json.Marshal(want.Against(&all[0], 24*14))
		w.ok(t, err)
		if string(b) != `[{"demand":"keep","wants":"720 h","has":"336 h"},{"demand":"picture","wants":"3840 × 2160","has":"2560 × 1440"}]` {
			t.Errorf("%s", b)
		}
		if s := want.Against(nil, 24*30); len(s) != 1 || s[0].Demand != "unknown" {
			t.Errorf("a camera of which nothing is known: %v", s)
		}
	})
}

func TestWhoActsForABody(t *testing.T) {
	req.Shows(t, "SITE-1")
	each(t, func(t *testing.T, w world) {
		ctx, now := t.Context(), w.clk.Now()
		w.ok(t, w.AddAdministration(ctx, Administration{ID: "skoler", Controller: "lindeby", Name: "Skoler"}, "p-1"))
		for _, h := range []Holder{
			{ID: "h-1", Body: "dpo", Person: "p-1", Name: "Dorte"},
			{ID: "h-2", Body: "dpo", Person: "p-2", Name: "Anders", Deputy: true},
			{ID: "h-3", Body: "director", Administration: "skoler", Person: "p-3", Name: "Sif"},
			{ID: "h-4", Body: "manager", Location: "lindeby-skole", Person: "p-3", Name: "Sif", Until: now.Add(time.Hour)},
			{ID: "h-5", Body: "dpo", Person: "p-4", Name: "Senere", Since: now.Add(time.Hour)},
		} {
			h.Controller, h.By = "lindeby", "p-9"
			w.ok(t, w.Hold(ctx, h))
		}
		names := func(body, administration, location string) string {
			all, err := w.Holders(ctx, "lindeby", body, administration, location)
			w.ok(t, err)
			var out []string
			for _, h := range all {
				out = append(out, h.Name)
			}
			return strings.Join(out, " ")
		}
		for _, c := range []struct{ body, administration, location, want string }{
			{"dpo", "", "", "Dorte Anders"}, {"dpo", "skoler", "lindeby-skole", "Dorte Anders"},
			{"director", "skoler", "", "Sif"}, {"director", "veje", "", ""}, {"manager", "", "lindeby-bibliotek", ""}, {"manager", "", "lindeby-skole", "Sif"},
		} {
			if got := names(c.body, c.administration, c.location); got != c.want {
				t.Errorf("%v: %q", c, got)
			}
		}
		w.clk.Advance(2 * time.Hour)
		if b, err := w.BodiesOf(ctx, "lindeby", "p-3"); err != nil || len(b) != 1 || b[0].Body != "director" {
			t.Errorf("%v, %v", b, err)
		}
		w.ok(t, w.EndHold(ctx, "lindeby", "h-1", "p-9"))
		if got := names("dpo", "", ""); got != "Senere Anders" {
			t.Errorf("after one ended: %q", got)
		}
		if err := w.EndHold(ctx, "kadence", "h-2", "p-9"); !fault.Is(err, fault.NotFound) {
			t.Errorf("another controller's: %v", err)
		}
		if err := w.Hold(ctx, Holder{ID: "h-6", Controller: "lindeby", Body: "dpo", Person: "p", Location: "kadence-skole"}); fault.Key(err) != "holder.of" {
			t.Errorf("at another's place: %v", err)
		}
	})
}
