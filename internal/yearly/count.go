package yearly

import (
	"context"
	"maps"
	"slices"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/register"
)

// counts are the figures of one interval.
type counts struct {
	by     map[string]map[string]int64
	places map[string]*Place
	months []Month
	away   bool
}

func (c *counts) add(group, line string, n int64) {
	if c.by[group] == nil {
		c.by[group] = map[string]int64{}
	}
	c.by[group][line] += n
}

// at adds to a place, if it is one of the controller's.
func (c *counts) at(place string, column int, n int64) {
	if p := c.places[place]; p != nil {
		p.Counts[column] += Count(n)
	}
}

func (c *counts) of(group, line string) Count {
	if c.away && (group == "deletions" || line == "hours") {
		return Unknown
	}
	return Count(c.by[group][line])
}

// sorted are the places where anything was, by name.
func (c *counts) sorted() (out []Place) {
	for _, id := range slices.Sorted(maps.Keys(c.places)) {
		p := *c.places[id]
		if c.away {
			p.Counts[Hours] = Unknown
		}
		if p.Counts != ([Columns]Count{}) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, byName)
	return out
}

// count counts the interval that marks divide into months.
func (r *Room) count(ctx context.Context, controller string, marks []time.Time) (*counts, error) {
	c := &counts{by: map[string]map[string]int64{}, places: map[string]*Place{}}
	from, to := marks[0], marks[len(marks)-1]
	for _, f := range []func(context.Context, *counts, string, time.Time, time.Time) error{r.cameras, r.handed, r.asked, r.locks, r.reviewed, r.breaches} {
		if err := f(ctx, c, controller, from, to); err != nil {
			return nil, err
		}
	}
	for i := range marks[:len(marks)-1] {
		m := Month{From: marks[i]}
		if err := r.uses(ctx, c, controller, marks[i], marks[i+1], &m); err != nil {
			return nil, err
		}
		c.months = append(c.months, m)
	}
	return c, r.incidents(ctx, c, controller, from, to)
}

func within(at, from, to time.Time) bool { return !at.Before(from) && at.Before(to) }

// cameras counts what hung and recorded, and what the recorder deleted.
func (r *Room) cameras(ctx context.Context, c *counts, controller string, from, to time.Time) error {
	locations, err := r.c.Register.Locations(ctx, controller)
	if err != nil {
		return err
	}
	for _, l := range locations {
		c.places[l.ID] = &Place{ID: l.ID, Name: l.Name}
	}
	cams, _, err := r.c.Register.Cameras(ctx, register.Query{Controller: controller, Removed: true})
	if err != nil {
		return err
	}
	where := map[string]string{}
	for _, cam := range cams {
		where[cam.ID] = cam.Location
		if cam.Added.Before(to) && (cam.Removed.IsZero() || !cam.Removed.Before(to)) {
			c.add("cameras", "up", 1)
			if c.places[cam.Location] != nil && c.places[cam.Location].Counts[Cameras] == 0 {
				c.add("cameras", "places", 1)
			}
			c.at(cam.Location, Cameras, 1)
		}
		if within(cam.Added, from, to) {
			c.add("cameras", "added", 1)
		}
		if within(cam.Removed, from, to) {
			c.add("cameras", "removed", 1)
		}
	}
	permitted, err := r.c.Issuer.CamerasAt(ctx, controller, to)
	if err != nil {
		return err
	}
	c.add("cameras", "permitted", int64(len(permitted)))
	tallies, err := r.c.Engine.Tallies(ctx, from, to)
	if fault.Is(err, fault.Unavailable) {
		c.away = true
		return nil
	}
	if err != nil {
		return err
	}
	seconds, at := int64(0), map[string]int64{}
	for _, t := range tallies {
		place, ours := where[t.Camera]
		if !ours {
			continue
		}
		seconds, at[place] = seconds+t.RecordedS, at[place]+t.RecordedS
		c.add("deletions", "due", t.Due)
		c.add("deletions", "done", t.Done)
		c.add("deletions", "late", t.Late)
	}
	c.add("cameras", "hours", hours(seconds))
	for place, n := range at {
		c.at(place, Hours, hours(n))
	}
	return nil
}

// hours are whole ones, rounded to the nearest.
func hours(seconds int64) int64 { return (seconds + 1800) / 3600 }

// uses counts the log of a month.
func (r *Room) uses(ctx context.Context, c *counts, controller string, from, to time.Time, m *Month) error {
	all, err := r.c.Uses.Tallies(ctx, controller, from, to, accesslog.Footage, accesslog.Still, accesslog.Live, accesslog.Evidence, accesslog.Rights, accesslog.Admin)
	if err != nil {
		return err
	}
	for _, t := range all {
		switch {
		case t.Refused && t.Kind != accesslog.Admin:
			c.add("refused", string(t.Kind), t.Uses)
			c.at(t.Place, Refused, t.Uses)
		case t.Refused:
		case t.Entry == "view.opened":
			c.add("looks", "views", t.Uses)
			c.at(t.Place, Views, t.Uses)
			m.Views += t.Uses
		case t.Entry == "view.still":
			c.add("looks", "stills", t.Uses)
		case t.Entry == "copy.opened" || t.Entry == "sharing.looked":
			c.add("looks", "copies", t.Uses)
		case t.Entry == "live.begun" || t.Entry == "live.alone":
			c.at(t.Place, Lives, t.Uses)
			c.add("live", t.Entry[len("live."):], t.Uses)
		case t.Entry == "camera.stopped":
			c.add("stops", "stopped", t.Uses)
		case t.Entry == "camera.restarted":
			c.add("stops", "restarted", t.Uses)
		}
	}
	return nil
}

func (r *Room) incidents(ctx context.Context, c *counts, controller string, from, to time.Time) error {
	all, err := r.c.Incidents.List(ctx, incident.Query{Controller: controller})
	if err != nil {
		return err
	}
	for _, i := range all {
		if !within(i.Opened, from, to) {
			continue
		}
		line := string(i.Crime)
		if i.Crime == incident.CrimeUnsaid {
			line = "unsaid"
		}
		c.add("incidents", "opened", 1)
		c.add("incidents", line, 1)
		c.at(i.Location, Incidents, 1)
		for n := range c.months {
			if last := n == len(c.months)-1; !i.Opened.Before(c.months[n].From) && (last || i.Opened.Before(c.months[n+1].From)) {
				c.months[n].Incidents++
			}
		}
	}
	return nil
}

// handed counts what was handed over in the interval, by its ground, and what
// was asked for in it and not handed over because somebody or the law said no.
func (r *Room) handed(ctx context.Context, c *counts, controller string, from, to time.Time) error {
	all, err := r.c.Disclosures.List(ctx, controller)
	if err != nil {
		return err
	}
	for _, d := range all {
		s := d.State(r.c.Clock.Now())
		switch {
		case d.Receipt != nil && within(d.Receipt.At, from, to):
			c.add("disclosures", string(d.Kind), 1)
			c.at(d.Location, Disclosures, 1)
		case (s == disclosure.Refused || s == disclosure.Declined) && within(d.Asked, from, to):
			c.add("disclosures", "declined", 1)
		}
	}
	return nil
}

// asked counts the requests of registered persons that came in the interval.
func (r *Room) asked(ctx context.Context, c *counts, controller string, from, to time.Time) error {
	all, err := r.c.Requests.List(ctx, controller)
	if err != nil {
		return err
	}
	for _, q := range all {
		if !within(q.Received, from, to) {
			continue
		}
		c.add("requests", string(q.Right), 1)
		if end := q.Closed(); q.Late(r.c.Clock.Now()) || !end.IsZero() && end.After(q.Due()) {
			c.add("requests", "late", 1)
		}
	}
	return nil
}

func (r *Room) locks(ctx context.Context, c *counts, controller string, from, to time.Time) error {
	all, err := r.c.Holds.List(ctx, controller)
	if err != nil {
		return err
	}
	for _, h := range all {
		if h.Approved && within(h.Decided, from, to) {
			c.add("locks", "made", 1)
		}
		if within(h.Released, from, to) {
			c.add("locks", "released", 1)
		}
	}
	return nil
}

// reviewed counts what was drawn of the log in the interval and what became of it.
func (r *Room) reviewed(ctx context.Context, c *counts, controller string, from, to time.Time) error {
	s, err := r.c.Review.Statistics(ctx, controller, from, to)
	if err != nil {
		return err
	}
	for line, n := range map[string]int{"drawn": s.All.Drawn, "justified": s.All.Justified, "unjustified": s.All.Unjustified, "unclear": s.All.Unclear, "open": s.All.Open} {
		c.add("review", line, int64(n))
	}
	return nil
}

func (r *Room) breaches(ctx context.Context, c *counts, controller string, from, to time.Time) error {
	if r.c.Breaches == nil {
		return nil
	}
	known, reported, err := r.c.Breaches(ctx, controller, from, to)
	c.add("breaches", "known", known)
	c.add("breaches", "reported", reported)
	return err
}
