package disclosure

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

// packageID is a package's own: two of one disclosure are told apart.
func packageID(number string) string { return number + "-" + rand.Text()[:6] }

const (
	// orderLife is how long one export order is good; it is signed anew before
	// it runs out.
	orderLife = 30 * time.Minute
	orderLeft = 10 * time.Minute
)

// orders signs an export order for each camera when it is needed, with an entry
// in the ledger each time.
func (r *Room) orders(d Disclosure) Orders {
	var mu sync.Mutex
	type signed struct {
		pass    engineapi.Pass
		expires time.Time
	}
	has := map[string]signed{}
	return func(ctx context.Context, camera string, _, _ time.Time) (engineapi.Pass, error) {
		mu.Lock()
		defer mu.Unlock()
		now := r.c.Clock.Now()
		if s, ok := has[camera]; ok && now.Before(s.expires.Add(-orderLeft)) {
			return s.pass, nil
		}
		lift := d.Lifts[camera]
		if lift == "" && d.Kind == ToPolice && r.c.Lift != nil {
			var err error
			if lift, err = r.c.Lift(ctx, d.Controller, d.Incident, camera, d.From, d.To); err != nil {
				return engineapi.Pass{}, err
			}
		}
		st := &permit.Export{Head: permit.Head{Controller: d.Controller, Engine: r.c.Engine, By: d.Decider}, Person: d.Person, Purpose: d.Kind.Cites(),
			Case: d.Number, Recipient: d.Recipient.line(), Cameras: []string{camera}, From: d.From, To: d.To, Expires: now.UTC().Truncate(time.Microsecond).Add(orderLife), MaskLift: lift}
		out, err := r.c.Issuer.Ticket(ctx, nil, st)
		if err != nil {
			return engineapi.Pass{}, err
		}
		s := signed{engineapi.Pass{Statement: out.Encode(), Whence: "portal"}, st.Expires}
		has[camera] = s
		return s.pass, nil
	}
}

// line is the recipient on one line.
func (x Recipient) line() string {
	return strings.Join(slices.DeleteFunc([]string{x.Name, x.Station, x.Authority}, func(s string) bool { return s == "" }), ", ")
}

// both is a text in Danish and English, as papers have it.
func (r *Room) both(key string, args ...any) string {
	w := r.c.Packages.Words
	return w("da", key, args...) + " / " + w("en", key, args...)
}

// order is what the package is to hold, as far as the portal knows it.
func (r *Room) order(ctx context.Context, d Disclosure, p Package) (*evidence.Order, error) {
	place, err := r.c.Register.Location(ctx, d.Controller, d.Location)
	if err != nil {
		return nil, err
	}
	footage, err := r.Recorded(ctx, d.Controller, d.Cameras, d.From, d.To)
	if err != nil {
		return nil, err
	}
	var classes []permit.Class
	for _, f := range footage {
		classes = append(classes, f.Classes...)
	}
	o := &evidence.Order{ID: p.ID, Software: r.c.Packages.Software, Controller: r.c.Packages.Sender, Police: d.Kind == ToPolice, KeptUntil: p.Until, Zone: clock.Denmark(),
		Requester: evidence.Requester{Name: d.Recipient.Name, Station: d.Recipient.Station, Authority: d.Recipient.Authority, Ground: r.ground(d, classes...)},
		Approvals: []evidence.Approval{{What: r.both("disclosure.paper.asked"), By: d.Name, At: d.Asked}, {What: r.both("disclosure.paper.approved"), By: d.DeciderName, At: d.Decided}}}
	if d.Journal != "" {
		o.Journals = []string{d.Journal}
	}
	for _, id := range d.Cameras {
		c, err := r.c.Register.Camera(ctx, d.Controller, id)
		if err != nil {
			return nil, err
		}
		o.Originals = append(o.Originals, evidence.Asked{From: d.From, To: d.To, Viewing: d.Viewing,
			Camera: evidence.Camera{ID: c.ID, Name: c.Name, Address: place.Name + ", " + place.Address, Make: c.Make, Model: c.Model, Basis: c.Basis}})
	}
	return o, r.custody(ctx, d, o)
}

// ground is what the handing over rests on, in words.
func (r *Room) ground(d Disclosure, classes ...permit.Class) string {
	parts := []string{d.Kind.Cites(classes...), d.Law}
	if d.Consenter != "" {
		parts = append(parts, r.both("disclosure.paper.consent", d.Consenter))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

// custodyKinds are the entries of our ledger that tell the way from the incident
// to the hand-over, and whom they are about: an incident's or this disclosure's.
func custodyKinds() []string {
	return []string{"incident.opened", "incident.assessed", "incident.named", "incident.widened", "incident.consulted", "view.opened", "lock.approved",
		"disclosure.asked", "disclosure.approved", "disclosure.making"}
}

// custody adds the chain of custody, with an extract of our ledger that proves
// it.
func (r *Room) custody(ctx context.Context, d Disclosure, o *evidence.Order) error {
	about := []string{d.ID}
	if d.Incident != "" {
		about = append(about, d.Incident)
	}
	seen := map[int64]ledger.Entry{}
	for _, id := range about {
		found, err := r.c.Ledger.Find(ctx, ledger.Filter{Kinds: custodyKinds(), Text: `"` + id + `"`})
		if err != nil {
			return err
		}
		for _, e := range found {
			seen[e.Index] = e
		}
	}
	if len(seen) == 0 {
		return nil
	}
	var first, last int64 = 1<<62 - 1, 0
	for n, e := range seen {
		var by struct {
			Name       string `json:"name"`
			Disclosure string `json:"disclosure"`
		}
		if err := json.Unmarshal(e.Body, &by); err != nil || by.Disclosure != "" && by.Disclosure != d.ID {
			delete(seen, n) // expired, or another disclosure of the incident
			continue
		}
		first, last = min(first, n), max(last, n)
		o.Events = append(o.Events, evidence.Event{At: e.Time, Who: by.Name, What: r.both("disclosure.custody." + e.Kind), Log: r.c.Ledger.Origin(), Index: n})
	}
	slices.SortStableFunc(o.Events, func(a, b evidence.Event) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return int(a.Index - b.Index)
	})
	var b bytes.Buffer
	if err := r.c.Ledger.ExtractSome(ctx, first, last+1, &b, func(e *ledger.Entry) bool { _, ok := seen[e.Index]; return ok }); err != nil {
		return err
	}
	_, key := r.c.Ledger.Public()
	o.Logs = append(o.Logs, evidence.Log{Origin: r.c.Ledger.Origin(), Extract: b.Bytes(), Key: key})
	return nil
}
