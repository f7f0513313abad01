package standing

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/notice"
)

// soon is how long before its day a letter, a request or a review of the
// guideline is due.
const soon = 14 * 24 * time.Hour

// signs say what is to be done about the signs of each location and its public
// page (H 6).
func (r *Room) signs(ctx context.Context, f facts) (out []Finding, err error) {
	if r.c.Notices == nil {
		return nil, nil
	}
	all, err := r.c.Notices.Due(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if !f.wanted[d.Location] {
			continue
		}
		x := Finding{Location: d.Location, Area: Signs, State: Due, Key: "signs." + d.Kind, At: d.At, Href: "/steder/" + d.Location + "/skilte"}
		switch {
		case d.Kind == notice.DueReport || d.Kind == notice.DueTell:
		case d.Kind != notice.DueCheck && d.Kind != notice.DueConfirm, d.Late(f.now):
			x.State = Broken
		case d.At.After(f.now.Add(soon)):
			continue
		}
		out = append(out, x)
	}
	return f.fill(Signs, "signs.well", out), nil
}

// staff says where somebody has not confirmed a notice (H 8, D 3.4, 3.5.6).
func (r *Room) staff(ctx context.Context, f facts) (out []Finding, err error) {
	if r.c.Staff == nil {
		return nil, nil
	}
	all, err := r.c.Staff.Lacking(ctx, f.Controller, f.Locations)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for _, l := range all {
		if !f.wanted[l.Location] {
			continue
		}
		key := "staff.lacking"
		if l.What == "roll" {
			key = "staff.roll"
		}
		i, ok := at[l.Location+key]
		if !ok {
			i, at[l.Location+key] = len(out), len(out)
			out = append(out, Finding{Location: l.Location, Area: Staff, State: Due, Key: key, At: l.Due, Href: "/personale"})
		}
		if key == "staff.lacking" {
			out[i].Count++
		}
		if l.Overdue(f.now) {
			out[i].State = Broken
		}
		if l.Due.Before(out[i].At) {
			out[i].At = l.Due
		}
	}
	return f.fill(Staff, "staff.well", out), nil
}

// everywhere says one thing of each wanted location that has cameras.
func (f facts) everywhere(x Finding) (out []Finding) {
	for _, l := range f.at(nil) {
		if f.wanted[l] {
			x.Location = l
			out = append(out, x)
		}
	}
	return out
}

// guideline says how the controller's guideline stands, at all its locations (H
// 11).
func (r *Room) guideline(ctx context.Context, f facts) ([]Finding, error) {
	if r.c.Guideline == nil {
		return nil, nil
	}
	g, err := r.c.Guideline.Of(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	x := Finding{Area: Guideline, Key: "guideline.well", At: g.Next(), Href: "/retningslinje"}
	switch open, running := g.Running(); {
	case len(g.Versions) == 0:
		x.State, x.Key = Broken, "guideline.none"
	case f.now.After(g.Next()):
		x.State, x.Key = Broken, "guideline.late"
	case running:
		x.State, x.Key, x.Name, x.Href = Due, "guideline.open", open.Number, "/retningslinje/gennemgang/"+open.ID
	}
	return f.everywhere(x), nil
}

// letters say which authorities wait for an answer (L § 4 e, D 1).
func (r *Room) letters(ctx context.Context, f facts) (out []Finding, err error) {
	if r.c.Letters == nil {
		return nil, nil
	}
	all, err := r.c.Letters.Open(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		if !l.Waits() {
			continue
		}
		x := Finding{Area: Letters, State: Due, Key: "letters.waits", Name: l.Number, At: l.Due, Href: "/breve/" + l.ID}
		if l.Late(f.now) {
			x.State, x.Key = Broken, "letters.late"
		}
		for _, at := range f.at(l.Locations) {
			if f.wanted[at] {
				x.Location = at
				out = append(out, x)
			}
		}
	}
	return f.fill(Letters, "letters.well", out), nil
}

// breaches say which are not closed, and whose 72 hours run (GDPR art. 33).
func (r *Room) breaches(ctx context.Context, f facts) (out []Finding, err error) {
	if r.c.Breaches == nil {
		return nil, nil
	}
	all, err := r.c.Breaches.Open(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		x := Finding{Area: Breach, State: Due, Key: "breach.open", Name: b.Number, Href: "/brud/" + b.ID}
		switch {
		case b.Late(f.now):
			x.State, x.Key, x.At = Broken, "breach.late", b.Limit()
		case b.Counting():
			x.State, x.Key, x.At = Broken, "breach.counting", b.Limit()
		}
		var where []string
		if b.Location != "" {
			where = []string{b.Location}
		}
		for _, at := range f.at(where) {
			if f.wanted[at] {
				x.Location = at
				out = append(out, x)
			}
		}
	}
	return f.fill(Breach, "breach.well", out), nil
}

// requests say which registered persons wait for an answer (GDPR art. 12).
func (r *Room) requests(ctx context.Context, f facts) (out []Finding, err error) {
	if r.c.Requests == nil {
		return nil, nil
	}
	all, err := r.c.Requests.Undone(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	for _, q := range all {
		if !f.wanted[q.Location] {
			continue
		}
		x := Finding{Location: q.Location, Area: Requests, Key: "requests.open", Name: q.Number, At: q.Due(), Href: "/anmodninger/" + q.ID}
		switch {
		case q.Late(f.now):
			x.State, x.Key = Broken, "requests.late"
		case !q.Due().After(f.now.Add(soon)):
			x.State, x.Key = Due, "requests.due"
		}
		out = append(out, x)
	}
	return f.fill(Requests, "requests.well", out), nil
}
