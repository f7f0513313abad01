package standing

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
)

// The periods by which people are told.
const (
	// rightEnds is how long before a right ends that it is due: a new form takes
	// an answer of the management, IT and the person.
	rightEnds = 30 * 24 * time.Hour
	// handOverSoon is how long a crime may wait for the police before it is due,
	// and handOverLate before it is late: by then footage of 14 days, the normal
	// ceiling (H 5.2), is soon gone, and that of 30 days is gone (§ 4 c stk. 4).
	handOverSoon = 7 * 24 * time.Hour
	handOverLate = 30 * 24 * time.Hour
	// lockSoon is how long before its review a lock is due.
	lockSoon = 7 * 24 * time.Hour
)

// access says whether somebody chosen and instructed may look at a location,
// and whose right ends soon (H 5.1, 5.3).
func (r *Room) access(ctx context.Context, f facts) (out []Finding, err error) {
	held, err := r.c.Rights.Everywhere(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	may, soon := map[string]int64{}, []Finding{}
	for _, h := range held {
		if h.Role != authorisation.Look || !f.wanted[h.Location] {
			continue
		}
		may[h.Location]++
		if h.Until.Before(f.now.Add(rightEnds)) {
			key := "access.ends"
			if h.Lapses {
				key = "access.lapses"
			}
			soon = append(soon, Finding{Location: h.Location, Area: Access, State: Due, Key: key, Name: h.Name, At: h.Until, Href: "/rettigheder/" + h.Form})
		}
	}
	for l := range f.wanted {
		switch {
		case len(f.cameras[l]) == 0:
		case may[l] == 0:
			out = append(out, Finding{Location: l, Area: Access, State: Due, Key: "access.none", Href: "/rettigheder"})
		default:
			out = append(out, Finding{Location: l, Area: Access, Key: "access.well", Count: may[l], Href: "/steder/" + l + "#adgang"})
		}
	}
	return append(out, soon...), nil
}

// incidents says which criminal cases have waited for the police (EVID-11).
func (r *Room) incidents(ctx context.Context, f facts) (out []Finding, err error) {
	open, err := r.c.Incidents.List(ctx, incident.Query{Controller: f.Controller, Locations: f.Locations, Open: true})
	if err != nil {
		return nil, err
	}
	for _, i := range open {
		if !f.wanted[i.Location] {
			continue
		}
		x := Finding{Location: i.Location, Area: Incidents, Key: "incidents.open", Name: i.Number, Href: "/haendelser/" + i.ID}
		waits := i.Crime != incident.CrimeNone && !i.Steps.Handed.Is() && !i.Steps.NoCase.Is()
		switch {
		case waits && !f.now.Before(i.Opened.Add(handOverLate)):
			x.State, x.Key, x.At = Broken, "incidents.late", i.Opened.Add(handOverLate)
		case waits && !f.now.Before(i.Opened.Add(handOverSoon)):
			x.State, x.Key, x.At = Due, "incidents.waits", i.Opened.Add(handOverLate)
		}
		out = append(out, x)
	}
	return f.fill(Incidents, "incidents.well", out), nil
}

// locks says which evidence locks nobody has looked at in time, which the
// person of a dispute was not told of, and which wait for an answer (KEEP-4,
// KEEP-5).
func (r *Room) locks(ctx context.Context, f facts) (out []Finding, err error) {
	open, err := r.c.Holds.Open(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	for _, h := range open {
		if !f.wanted[h.Location] {
			continue
		}
		x := Finding{Location: h.Location, Area: Locks, Key: "locks.standing", Name: h.Number, Href: "/bevislaase/" + h.ID}
		review, tell := h.ReviewDue(), h.TellBy()
		switch s := h.State(f.now); {
		case s == hold.Asked:
			x.State, x.Key, x.At = Due, "locks.asked", h.Asked.Add(hold.AnswerWithin)
		case s == hold.Rejected:
			x.State, x.Key = Broken, "locks.rejected"
		case s != hold.Standing:
			continue
		case !f.now.Before(review):
			x.State, x.Key, x.At = Broken, "locks.forgotten", review
		case !tell.IsZero():
			x.State, x.Key, x.At = Due, "locks.tell", tell
		case f.now.After(review.Add(-lockSoon)):
			x.State, x.Key, x.At = Due, "locks.review", review
		}
		out = append(out, x)
	}
	return f.fill(Locks, "locks.well", out), nil
}

// review says which reviews of the log are late (LOG-3).
func (r *Room) review(ctx context.Context, f facts) (out []Finding, err error) {
	undone, err := r.c.Review.Undone(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for _, i := range undone {
		if !f.wanted[i.Place] || !i.Late(f.now) {
			continue
		}
		n, ok := at[i.Place]
		if !ok {
			n, at[i.Place] = len(out), len(out)
			out = append(out, Finding{Location: i.Place, Area: Review, State: Broken, Key: "review.late", At: i.Due, Href: "/tilsyn/stikproeve"})
		}
		out[n].Count++
		if i.Due.Before(out[n].At) {
			out[n].At = i.Due
		}
	}
	return f.fill(Review, "review.well", out), nil
}

// cases says which cases are past a limit, and which approvals run out.
func (r *Room) cases(ctx context.Context, f facts) (out []Finding, err error) {
	if r.c.Cases == nil {
		return nil, nil
	}
	late, _, err := r.c.Cases.List(ctx, dossier.Query{Controller: f.Controller, Locations: f.Locations, Late: true, Sort: "due", Limit: 500})
	if err != nil {
		return nil, err
	}
	for _, c := range late {
		for _, l := range c.Locations {
			if f.wanted[l] {
				out = append(out, Finding{Location: l, Area: Cases, State: Broken, Key: "cases.late", Name: c.Title, At: c.Due, Href: "/sager/" + c.ID})
			}
		}
	}
	return f.fill(Cases, "cases.well", out), nil
}
