package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/permit"
)

// What is seeded: each evening some minutes, recorded by the real recorder
// under a clock that runs fast.
const (
	seedDays  = 8
	seedStart = 20*time.Hour + 40*time.Minute // Danish time of day
	seedSpan  = 3 * time.Minute
	// As fast as six cameras can be recorded on a small machine; beyond, the
	// recorder leaves pictures out, as it must.
	seedSpeed = 60
	// The evening of the incident that four cameras saw, which is looked at side
	// by side, loses none.
	seedSlow    = 30
	seedSlowDay = 3
)

// seed records the evenings before today. On one the gate's camera is lost for
// a while, on one the gym is stopped, on one an incident is held.
func (d *demo) seed(ctx context.Context) error {
	today := inDenmark(clock.System().Now())
	evening := func(day int) time.Time {
		return time.Date(today.Year(), today.Month(), today.Day()-day, 0, 0, 0, 0, today.Location()).Add(seedStart).UTC()
	}
	if err := d.past(ctx, evening(seedDays)); err != nil {
		return err
	}
	for day := seedDays; day >= 1; day-- {
		if err := d.evening(ctx, evening(day), day); err != nil {
			return fmt.Errorf("%d days ago: %w", day, err)
		}
	}
	return nil
}

// evening runs the whole house from shortly before the window to shortly after.
func (d *demo) evening(ctx context.Context, start time.Time, day int) (err error) {
	speed := float64(seedSpeed)
	if day == seedSlowDay {
		speed = seedSlow
	}
	clk, hurry, halt := paced(start.Add(-45*time.Second), speed)
	defer halt() // last: what ends below may wait for time to pass
	var list []extra
	for _, e := range demoCameras() {
		if e.seeded {
			list = append(list, e)
		}
	}
	cams, err := startCameras(list, clk)
	if err != nil {
		return err
	}
	defer stopCameras(cams)
	cfg := d.config()
	cfg.Portal.Listen = "127.0.0.1:0"
	h, err := openHouse(ctx, cfg, clk, func() bool { return true }, d.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	now := clk.Now().Truncate(time.Microsecond)
	for _, r := range cams {
		if err := h.office.configure(ctx, r, r.password, now.Unix()); err != nil {
			return err
		}
	}
	if day == seedDays { // before the clock hurries, and ticks
		if err := h.office.demoReview(ctx, start); err != nil {
			return err
		}
		if err := h.office.demoSignsPast(ctx, start); err != nil {
			return err
		}
	}
	hurry()
	if day == seedDays {
		if err := h.office.demoLog(ctx, start); err != nil {
			return err
		}
	}
	if err := d.happen(ctx, h, cams, clk, start, day); err != nil {
		return err
	}
	end := start.Add(seedSpan + 12*time.Second)
	if err := clock.Sleep(ctx, clk, end.Sub(clk.Now())); err != nil {
		return err
	}
	return h.office.noted(ctx)
}

// happen lets this evening have its event.
func (d *demo) happen(ctx context.Context, h *house, cams []*running, clk clock.Clock, start time.Time, day int) (err error) {
	wait := func(t time.Time) error { return clock.Sleep(ctx, clk, t.Sub(clk.Now())) }
	switch day {
	case 6: // the gate's camera loses its power for a while
		if err := wait(start.Add(70 * time.Second)); err != nil {
			return err
		}
		for _, r := range cams {
			if r.ID == "gaard-port" {
				r.camera.Down()
				defer func() { err = errors.Join(err, r.camera.Up()) }()
			}
		}
		return wait(start.Add(110 * time.Second))
	case 4: // somebody stops the gym's camera, and lets it go on
		if err := wait(start.Add(60 * time.Second)); err != nil {
			return err
		}
		stop := &permit.Stop{Head: h.office.head(kadence), Cameras: []string{"fitness-sal"}, Reason: "Rengøring af linsen; holdet var i gang uden skiltning."}
		signed, err := h.office.issuer.Issue(ctx, nil, stop)
		if err != nil {
			return err
		}
		if err := wait(start.Add(100 * time.Second)); err != nil {
			return err
		}
		s, err := signed.Read()
		if err != nil {
			return err
		}
		_, err = h.office.issuer.Issue(ctx, nil, &permit.Restart{Head: h.office.head(kadence), Stop: s.Header().ID, Reason: "Skiltene hænger igen."})
		return err
	case 3: // a child is gone: the entrance is seen live for a moment
		if err := wait(start.Add(20 * time.Second)); err != nil {
			return err
		}
		return h.office.demoLive(ctx, func(d time.Duration) error { return clock.Sleep(ctx, clk, d) })
	case 2: // a window was broken: the minutes are held for the police
		if err := wait(start.Add(seedSpan + 5*time.Second)); err != nil {
			return err
		}
		_, err := h.office.issuer.Issue(ctx, nil, &permit.Hold{
			Head: h.office.head(lindeby), Cameras: []string{"skole-indgang"}, From: start.Add(60 * time.Second), To: start.Add(120 * time.Second),
			Reason: permit.HoldCrime, Reference: "4100-70121-00417-26", Owner: "karen", Second: "birthe",
			Review: clk.Now().Add(30 * 24 * time.Hour).Truncate(time.Microsecond), Until: clk.Now().Add(60 * 24 * time.Hour).Truncate(time.Microsecond),
		})
		return err
	}
	return nil
}

// evenings is the permit of the days before: some minutes each evening.
func evenings(start time.Time) permit.Hours {
	local := inDenmark(start)
	h := noHours()
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: local.Format("15:04"), To: local.Add(seedSpan).Format("15:04")}}
	}
	return h
}
