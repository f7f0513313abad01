package register

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// told is a school with two cameras in use that stands in POLCAM.
func (w world) told(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for _, id := range []string{"s-1", "s-2"} {
		w.ok(t, w.AddCamera(ctx, cam(id, "lindeby", "lindeby-skole", id), "p-1"))
		w.ok(t, w.db.Write(ctx, func(tx *db.Tx) error { return w.Commission(ctx, tx, "lindeby", id, w.clk.Now(), Recorded, "vidne") }))
	}
	w.ok(t, w.SetPolcam(ctx, Polcam{Location: "lindeby-skole", Controller: "lindeby", Duty: PolcamRequired, Contact: "Vagten", Phone: "99 99 99 99"}, "p-1"))
	w.registered(t)
}

func (w world) registered(t *testing.T) {
	t.Helper()
	w.clk.Advance(time.Minute)
	p, _, err := w.Polcam(t.Context(), "lindeby", "lindeby-skole")
	w.ok(t, err)
	w.ok(t, w.RegisterPolcam(t.Context(), "lindeby", "lindeby-skole", p.Version, w.clk.Now(), "doc", "p-1"))
}

// state is where the school's registration stands, and its open changes.
func (w world) state(t *testing.T) (PolcamState, string) {
	t.Helper()
	p, changes, err := w.Polcam(t.Context(), "lindeby", "lindeby-skole")
	w.ok(t, err)
	var open []string
	for _, c := range changes {
		if c.Settled.IsZero() {
			open = append([]string{c.Kind}, open...)
		}
	}
	return p.State(changes, w.clk.Now()), strings.Join(open, " ")
}

func (w world) wants(t *testing.T, state PolcamState, open string) {
	t.Helper()
	if s, o := w.state(t); s != state || o != open {
		t.Errorf("%s with %q, want %s with %q", s, o, state, open)
	}
}

// What changes of a registered set-up opens a date: what is seen, how long it is
// kept, who surveils. Where the law alone decides, what it does not ask for opens
// none.
func TestWhichChangesPOLCAMIsToldOf(t *testing.T) {
	req.Shows(t, "SITE-4")
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		w.WeighWith(func(change string, _ time.Time) bool { return change != PolcamRetention })
		w.told(t)
		w.wants(t, PolcamRegistered, "")
		touch := func(kind string) {
			w.ok(t, w.db.Write(ctx, func(tx *db.Tx) error { return w.PolcamTouched(ctx, tx, "lindeby", "s-1", kind, "s-1", "p-1") }))
		}
		touch(PolcamView)
		touch(PolcamRetention)
		c, err := w.Camera(ctx, "lindeby", "s-2")
		w.ok(t, err)
		c.Mounting, c.View = "Gavl mod syd", "Hele gården"
		w.ok(t, w.UpdateCamera(ctx, c, "p-1"))
		of, err := w.Controller(ctx, "lindeby")
		w.ok(t, err)
		of.Name = "Lindeby-Nord Kommune"
		w.ok(t, w.UpdateController(ctx, of, "p-1"))
		w.wants(t, PolcamChangeDue, "view retention moved view owner")
		w.registered(t)
		w.wants(t, PolcamRegistered, "")

		of.Version, of.PolcamEvery = of.Version+1, false
		w.ok(t, w.UpdateController(ctx, of, "p-1"))
		touch(PolcamRetention)
		w.wants(t, PolcamRegistered, "")
		touch(PolcamView)
		w.wants(t, PolcamChangeDue, "view")
		// A camera that is not in use yet changes nothing.
		w.ok(t, w.AddCamera(ctx, cam("s-3", "lindeby", "lindeby-skole", "s-3"), "p-1"))
		w.ok(t, w.db.Write(ctx, func(tx *db.Tx) error { return w.PolcamTouched(ctx, tx, "lindeby", "s-3", PolcamView, "s-3", "p-1") }))
		w.wants(t, PolcamChangeDue, "view")
	})
}

// Where nothing is surveilled any more, the registration is deleted: nobody finds
// that not substantial, and it is late like everything else.
func TestARegistrationEnds(t *testing.T) {
	req.Shows(t, "SITE-4")
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		w.told(t)
		w.ok(t, w.RemoveCamera(ctx, "lindeby", "s-1", "p-1"))
		w.wants(t, PolcamChangeDue, "camera.removed")
		w.ok(t, w.RemoveCamera(ctx, "lindeby", "s-2", "p-1"))
		w.wants(t, PolcamLeave, "camera.removed location.shut")
		of, err := w.Controller(ctx, "lindeby")
		w.ok(t, err)
		of.PolcamEvery = false
		w.ok(t, w.UpdateController(ctx, of, "p-1"))
		_, open, err := w.Polcams(ctx, "lindeby")
		w.ok(t, err)
		if err := w.WaivePolcam(ctx, "lindeby", open[1].ID, "Uden betydning", "p-1"); open[1].Kind != PolcamShut || !fault.Is(err, fault.NotFound) {
			t.Errorf("left out: %v", err)
		}
		w.clk.Advance(15 * 24 * time.Hour)
		w.wants(t, PolcamLeaveLate, "camera.removed location.shut")
		w.registered(t)
		w.wants(t, PolcamLeft, "")
		// A new camera begins it anew.
		w.ok(t, w.AddCamera(ctx, cam("s-4", "lindeby", "lindeby-skole", "s-4"), "p-1"))
		w.ok(t, w.db.Write(ctx, func(tx *db.Tx) error {
			return w.Commission(ctx, tx, "lindeby", "s-4", w.clk.Now(), Recorded, "vidne")
		}))
		w.wants(t, PolcamChangeDue, "camera.added")
		w.registered(t)
		// A place that need not be registered after all is deleted there too.
		p, _, err := w.Polcam(ctx, "lindeby", "lindeby-skole")
		w.ok(t, err)
		p.Duty, p.Why = PolcamNot, "Kameraet ser kun gården"
		w.ok(t, w.SetPolcam(ctx, p, "p-1"))
		w.wants(t, PolcamLeave, "location.shut")
		w.registered(t)
		w.wants(t, PolcamNeedless, "")
	})
}

// What comes first takes a camera into use; a person corrects it with a reason,
// and what comes by itself does not change that again. POLCAM's days follow.
func TestWhenACameraWasTakenIntoUse(t *testing.T) {
	req.Shows(t, "SITE-4")
	each(t, func(t *testing.T, w world) {
		ctx, now := t.Context(), w.clk.Now()
		w.ok(t, w.AddCamera(ctx, cam("s-1", "lindeby", "lindeby-skole", "s-1"), "p-1"))
		w.ok(t, w.SetPolcam(ctx, Polcam{Location: "lindeby-skole", Controller: "lindeby", Duty: PolcamRequired, Contact: "Vagten", Phone: "99 99 99 99"}, "p-1"))
		say := func(at time.Time, how Use) {
			t.Helper()
			w.ok(t, w.db.Write(ctx, func(tx *db.Tx) error { return w.Commission(ctx, tx, "lindeby", "s-1", at, how, "vidne") }))
		}
		is := func(at time.Time, how Use) {
			t.Helper()
			c, err := w.Camera(ctx, "lindeby", "s-1")
			w.ok(t, err)
			p, _, err := w.Polcam(ctx, "lindeby", "lindeby-skole")
			w.ok(t, err)
			if !c.Commissioned.Equal(at) || c.Use != how || !p.Due.Equal(at.AddDate(0, 0, 14)) {
				t.Errorf("taken into use %s by %s, due %s; want %s by %s", c.Commissioned, c.Use, p.Due, at, how)
			}
		}
		say(now.Add(-time.Hour), Recorded)
		is(now.Add(-time.Hour), Recorded)
		say(now.Add(-time.Minute), Recorded) // later: no news
		is(now.Add(-time.Hour), Recorded)
		say(now.AddDate(0, 0, -3), Mounted)
		is(now.AddDate(0, 0, -3), Mounted)
		say(now.AddDate(0, 0, -2), Mounted) // the step was done again with another day
		is(now.AddDate(0, 0, -2), Mounted)
		c, err := w.Camera(ctx, "lindeby", "s-1")
		w.ok(t, err)
		for key, try := range map[string]func() error{
			"camera.use-date": func() error {
				return w.CorrectUse(ctx, "lindeby", "s-1", c.Version, now.Add(time.Hour), "Tastefejl", "p-1")
			},
			"camera.use-reason": func() error { return w.CorrectUse(ctx, "lindeby", "s-1", c.Version, now, " ", "p-1") },
			"register.changed":  func() error { return w.CorrectUse(ctx, "lindeby", "s-1", c.Version-1, now, "Tastefejl", "p-1") },
			"camera.unknown":    func() error { return w.CorrectUse(ctx, "kadence", "s-1", c.Version, now, "Tastefejl", "p-1") },
		} {
			if err := try(); fault.Key(err) != key {
				t.Errorf("%s: %v", key, err)
			}
		}
		w.ok(t, w.CorrectUse(ctx, "lindeby", "s-1", c.Version, now.AddDate(0, 0, -10), "Montøren satte det op ti dage før.", "p-1"))
		is(now.AddDate(0, 0, -10), Corrected)
		say(now.AddDate(0, 0, -20), Recorded)
		is(now.AddDate(0, 0, -10), Corrected)
	})
}
