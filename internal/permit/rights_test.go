package permit_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func TestStopAndRestart(t *testing.T) {
	req.Shows(t, "REC-4")
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	p, q, r := allowed("cam-1", now), allowed("cam-2", now), allowed("cam-3", now)
	r.Controller = "ikast"
	apply(t, b, now, p, q, r)
	one := &permit.Stop{Head: head(now), Cameras: []string{"cam-1"}}
	all := &permit.Stop{Head: head(now)}
	apply(t, b, now.Add(time.Hour), one)
	says(t, b, now.Add(time.Hour), permit.WhyStopped)
	says(t, b, now.Add(time.Hour-1), "")
	if v := b.Covers("cam-2", "main", now.Add(time.Hour)); !v.OK {
		t.Error("the other is stopped too")
	}
	effects, err := b.Apply(all, now.Add(2*time.Hour))
	if err != nil || len(effects) != 2 || effects[0].Camera != "cam-1" || effects[1].Camera != "cam-2" {
		t.Errorf("effects %v %v", effects, err)
	}
	if v := b.Covers("cam-2", "main", now.Add(2*time.Hour)); v.OK || v.Stop != all.ID {
		t.Errorf("all: %+v", v)
	}
	if v := b.Covers("cam-3", "main", now.Add(2*time.Hour)); !v.OK {
		t.Error("another controller's is stopped")
	}
	// A camera that comes later is stopped too.
	apply(t, b, now.Add(3*time.Hour), allowed("cam-4", now))
	if v := b.Covers("cam-4", "main", now.Add(3*time.Hour)); v.OK {
		t.Error("one that came later is not stopped")
	}
	// Each stop is undone by itself.
	apply(t, b, now.Add(4*time.Hour), &permit.Restart{Head: head(now), Stop: all.ID})
	says(t, b, now.Add(4*time.Hour), permit.WhyStopped)
	if id, ok := b.Stopped("cam-1", now.Add(4*time.Hour)); !ok || id != one.ID {
		t.Errorf("stopped by %v %v", id, ok)
	}
	if v := b.Covers("cam-2", "main", now.Add(4*time.Hour)); !v.OK {
		t.Errorf("restarted: %+v", v)
	}
	declines(t, b, now.Add(4*time.Hour), "stop.ended", &permit.Restart{Head: head(now), Stop: all.ID})
	declines(t, b, now.Add(4*time.Hour), "stop.unknown", &permit.Restart{Head: head(now), Stop: permit.NewID()})
	foreign := &permit.Restart{Head: head(now), Stop: one.ID}
	foreign.Controller = "ikast"
	declines(t, b, now.Add(4*time.Hour), "statement.controller", foreign)
	theirs := &permit.Stop{Head: head(now), Cameras: []string{"cam-3", "cam-1"}}
	declines(t, b, now.Add(4*time.Hour), "statement.controller", theirs)
	// The past stays as it was.
	says(t, b, now.Add(30*time.Minute), "")
	says(t, b, now.Add(90*time.Minute), permit.WhyStopped)
}

// A stop ends viewing, stills and export too.
func TestStopEndsProcessing(t *testing.T) {
	req.Shows(t, "REC-4")
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	apply(t, b, now.Add(-day), allowed("cam-1", now.Add(-day)))
	all := samples(t, now)
	from, to := now.Add(-3*time.Hour), now.Add(-2*time.Hour)
	try := func(k permit.Kind, when time.Time) string {
		a, z := from, to
		if k == permit.KindLive || k == permit.KindStill {
			a, z = when.Add(-time.Second), when
		}
		if err := b.May(all[k], "cam-1", a, z, when); err != nil {
			return fault.Key(err)
		}
		return ""
	}
	kinds := []permit.Kind{permit.KindTicket, permit.KindLive, permit.KindStill, permit.KindExport}
	for _, k := range kinds {
		if got := try(k, now); got != "" {
			t.Errorf("%s: %s", k, got)
		}
	}
	stop := &permit.Stop{Head: head(now)}
	apply(t, b, now, stop)
	for _, k := range kinds {
		if got := try(k, now); got != permit.WhyStopped {
			t.Errorf("%s while stopped: %q", k, got)
		}
	}
	for _, k := range []permit.Kind{permit.KindStill, permit.KindProbe, permit.KindMaskLift} {
		declines(t, b, now, permit.WhyStopped, all[k])
	}
	apply(t, b, now, &permit.Restart{Head: head(now), Stop: stop.ID})
	for _, k := range kinds {
		if got := try(k, now); got != "" {
			t.Errorf("%s after the restart: %s", k, got)
		}
	}
}

func TestMayLook(t *testing.T) {
	now := at(t, "2026-06-01 12:00")
	b := new(permit.Book)
	p, q := allowed("cam-1", now.Add(-day)), allowed("cam-9", now.Add(-day))
	q.Controller = "ikast"
	apply(t, b, now.Add(-day), p, q, allowed("cam-2", now.Add(-day)), allowed("cam-3", now.Add(-day)))
	all := samples(t, now)
	tick := all[permit.KindTicket].(*permit.Ticket)
	wide := *tick
	wide.From, wide.To = now.Add(-time.Hour), now.Add(time.Hour)
	foreign := *tick
	foreign.Cameras = []string{"cam-9"}
	ms := time.Millisecond
	for name, c := range map[string]struct {
		s            permit.Statement
		camera       string
		from, to, at time.Time
		want         string
	}{
		"all of it":            {tick, "cam-1", tick.From, tick.To, now, ""},
		"its other camera":     {tick, "cam-2", tick.From, tick.To, now, ""},
		"a camera not named":   {tick, "cam-3", tick.From, tick.To, now, "ticket.camera"},
		"a camera not known":   {tick, "cam-7", tick.From, tick.To, now, "camera.unknown"},
		"another controller's": {&foreign, "cam-9", tick.From, tick.To, now, "statement.controller"},
		"a moment before":      {tick, "cam-1", tick.From.Add(-1), tick.To, now, "ticket.interval"},
		"a moment after":       {tick, "cam-1", tick.From, tick.To.Add(1), now, "ticket.interval"},
		"nothing":              {tick, "cam-1", tick.From, tick.From, now, "ticket.interval"},
		"when it expires":      {tick, "cam-1", tick.From, tick.To, tick.Expires, "ticket.expired"},
		"long before issued":   {tick, "cam-1", tick.From, tick.To, now.Add(-permit.MaxSkew - 1), "ticket.expired"},
		"five minutes old":     {&wide, "cam-1", now.Add(-time.Hour), now.Add(-permit.LiveAge), now, ""},
		"younger":              {&wide, "cam-1", now.Add(-time.Hour), now.Add(-permit.LiveAge + ms), now, "ticket.live"},
		"what will be":         {&wide, "cam-1", now, now.Add(time.Hour), now, "ticket.live"},
		"export, younger": {&permit.Export{Head: head(now), Person: "p", Purpose: "x", Recipient: "y", Cameras: []string{"cam-1"},
			From: now.Add(-time.Hour), To: now, Expires: now.Add(time.Hour)}, "cam-1", now.Add(-time.Hour), now, now, "ticket.live"},
		"live, now":           {all[permit.KindLive], "cam-1", now.Add(-ms), now, now, ""},
		"live, five minutes":  {all[permit.KindLive], "cam-1", now.Add(-permit.LiveAge), now, now, ""},
		"live, older":         {all[permit.KindLive], "cam-1", now.Add(-permit.LiveAge - ms), now, now, "ticket.old"},
		"live, not named":     {all[permit.KindLive], "cam-2", now.Add(-ms), now, now, "ticket.camera"},
		"live, expired":       {all[permit.KindLive], "cam-1", now.Add(time.Hour - ms), now.Add(time.Hour), now.Add(time.Hour), "ticket.expired"},
		"still, now":          {all[permit.KindStill], "cam-1", now.Add(-ms), now, now, ""},
		"still, older":        {all[permit.KindStill], "cam-1", now.Add(-permit.StillAge - ms), now, now, "ticket.old"},
		"still, other camera": {all[permit.KindStill], "cam-2", now.Add(-ms), now, now, "ticket.camera"},
		"a permit":            {p, "cam-1", tick.From, tick.To, now, "statement.kind"},
		"a hold":              {all[permit.KindHold], "cam-1", tick.From, tick.To, now, "statement.kind"},
		"a mask lift":         {all[permit.KindMaskLift], "cam-1", tick.From, tick.To, now, "statement.kind"},
		"none":                {nil, "cam-1", tick.From, tick.To, now, "statement.kind"},
	} {
		got := ""
		if err := b.May(c.s, c.camera, c.from, c.to, c.at); err != nil {
			got = fault.Key(err)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// A dispute's hold ends with the limit, goes on with a notice given in time,
// and never by another's word.
func TestHoldsInTheBook(t *testing.T) {
	req.Shows(t, "KEEP-4", "KEEP-5")
	now := at(t, "2026-06-01 12:00")
	from := now.Add(-10 * day)
	limit := from.Add(permit.LongestDispute)
	fresh := func() (*permit.Book, *permit.Hold) {
		b := new(permit.Book)
		h := *samples(t, now)[permit.KindHold].(*permit.Hold)
		h.ID, h.Reason, h.From, h.To, h.Until = permit.NewID(), permit.HoldDispute, from, from.Add(time.Hour), limit
		apply(t, b, now, &h)
		return b, &h
	}
	in := func(b *permit.Book, when time.Time) bool { return b.Holds()[0].InForce(when) }
	notice := func(h *permit.Hold, issued, given time.Time) *permit.Notice {
		return &permit.Notice{Head: head(issued), Hold: h.ID, Given: given, Until: issued.AddDate(1, 0, 0)}
	}
	b, h := fresh()
	if !in(b, now) || !in(b, limit.Add(-1)) || in(b, limit) {
		t.Error("a dispute's hold does not end with the limit")
	}
	declines(t, b, limit, "hold.ended", notice(h, limit, now))
	declines(t, b, limit, "hold.ended", &permit.Release{Head: head(limit), Hold: h.ID})
	foreign := notice(h, now.Add(day), now)
	foreign.Controller = "ikast"
	declines(t, b, now.Add(day), "statement.controller", foreign)
	declines(t, b, now.Add(day), "hold.unknown", &permit.Notice{Head: head(now.Add(day)), Hold: permit.NewID(), Given: now, Until: now.AddDate(1, 0, 0)})
	apply(t, b, now.Add(day), notice(h, now.Add(day), now.Add(time.Hour)))
	if !in(b, limit.Add(60*day)) || b.Holds()[0].Notice == nil {
		t.Error("a notice does not let it go on")
	}
	apply(t, b, limit.Add(70*day), &permit.Release{Head: head(now), Hold: h.ID})
	if in(b, limit.Add(70*day)) || !in(b, limit.Add(69*day)) {
		t.Error("released at the wrong time")
	}
	declines(t, b, limit.Add(71*day), "hold.ended", &permit.Release{Head: head(now), Hold: h.ID})
	// A crime's hold needs no notice and takes none.
	b = new(permit.Book)
	crime := samples(t, now)[permit.KindHold].(*permit.Hold)
	apply(t, b, now, crime)
	declines(t, b, now, "hold.notice", notice(crime, now, now))
	if !in(b, now.Add(100*day)) {
		t.Error("a crime's hold ended early")
	}
	// What is over when it arrives holds nothing.
	late := *crime
	late.ID = permit.NewID()
	declines(t, b, late.Until, "hold.ended", &late)
}
