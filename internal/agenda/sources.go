package agenda

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/deletion"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/internal/sharing"
	"vidne.dk/vidne/internal/staff"
)

// Rooms are those that have things that fall due; one that is nil has none.
type Rooms struct {
	Clock     clock.Clock
	Register  *register.Register
	Issuer    *issuer.Issuer
	Rights    *authorisation.Room
	Holds     *hold.Room
	Requests  *request.Room
	Review    *oversight.Room
	Notices   *notice.Room
	Cases     *dossier.Room
	Guideline *guideline.Room
	Letters   *letter.Room
	Sharing   *sharing.Room
	Staff     *staff.Room
	Breaches  *breach.Room
	Deletion  *deletion.Room
}

// Of is a room on all that the rooms have.
func Of(r Rooms) *Room {
	all := []Source{SourceFunc(r.register), SourceFunc(r.permits)}
	add := func(have bool, f SourceFunc) {
		if have {
			all = append(all, f)
		}
	}
	add(r.Rights != nil, r.rights)
	add(r.Holds != nil, r.locks)
	add(r.Requests != nil, r.requests)
	add(r.Review != nil, r.review)
	add(r.Notices != nil, r.signs)
	add(r.Cases != nil, r.cases)
	add(r.Guideline != nil, r.guideline)
	add(r.Letters != nil, r.letters)
	add(r.Sharing != nil, r.sharing)
	add(r.Staff != nil, r.staff)
	add(r.Breaches != nil, r.breaches)
	add(r.Deletion != nil, r.deletions)
	return New(all...)
}

// deletions are the months whose statements are to be made.
func (r Rooms) deletions(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	all, err := r.Deletion.Awaited(ctx, controller)
	for _, m := range all {
		out = append(out, Item{ID: "deletion-" + controller + "-" + m.String(), Area: Deletion, At: m.Ready(), Key: "deletion", Name: m.From().Format("01/2006"), Href: deletion.Path(m.String())})
	}
	return out, err
}

// guideline is the review that must be over.
func (r Rooms) guideline(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	g, err := r.Guideline.Of(ctx, controller)
	if err != nil || len(g.Versions) == 0 {
		return nil, err
	}
	x := Item{ID: "guideline-" + controller, Area: Guideline, At: g.Next(), Key: "guideline.next", Href: "/retningslinje"}
	if open, ok := g.Running(); ok {
		x.ID, x.Key, x.Name, x.Href = "guideline-"+open.ID, "guideline.open", open.Number, "/retningslinje/gennemgang/"+open.ID
	}
	return []Item{x}, nil
}

func (r Rooms) letters(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	all, err := r.Letters.Open(ctx, controller)
	for _, l := range all {
		if !l.Waits() {
			continue
		}
		x := Item{ID: "letter-" + l.ID, Area: Letters, At: l.Due, Key: "letter", Name: l.Number, Href: "/breve/" + l.ID}
		if len(l.Locations) == 1 {
			x.Location = l.Locations[0]
		}
		out = append(out, x)
	}
	return out, err
}

// sharing is what Datatilsynet permits until a day (L § 4 c stk. 3).
func (r Rooms) sharing(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	all, err := r.Sharing.Systems(ctx, controller)
	for _, s := range all {
		if s.Others && s.Closed.IsZero() {
			out = append(out, Item{ID: "sharing-" + s.ID, Area: Permits, At: s.Permission.Expires, Key: "sharing", Name: s.Name, Href: "/delesystemer/" + s.ID})
		}
	}
	return out, err
}

func (r Rooms) requests(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	all, err := r.Requests.Undone(ctx, controller)
	for _, q := range all {
		out = append(out, Item{ID: "request-" + q.ID, Area: Requests, Location: q.Location, At: q.Due(), Key: "request", Name: q.Number, Href: "/anmodninger/" + q.ID})
	}
	return out, err
}

func (r Rooms) breaches(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	all, err := r.Breaches.Open(ctx, controller)
	for _, b := range all {
		if b.Counting() {
			out = append(out, Item{ID: "breach-" + b.ID, Area: Breach, At: b.Limit(), Key: "breach", Name: b.Number, Href: "/brud/" + b.ID})
		}
	}
	return out, err
}

// locks are those that must be looked at, and the persons of disputes who must
// be told.
func (r Rooms) locks(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	now := r.Clock.Now()
	all, err := r.Holds.Open(ctx, controller)
	for _, h := range all {
		if h.State(now) != hold.Standing {
			continue
		}
		out = append(out, Item{ID: "lock-" + h.ID, Area: Locks, Location: h.Location, At: h.ReviewDue(), Key: "lock.review", Name: h.Number, Href: "/bevislaase/" + h.ID})
		if tell := h.TellBy(); !tell.IsZero() {
			out = append(out, Item{ID: "lock-tell-" + h.ID, Area: Locks, Location: h.Location, At: tell, Key: "lock.tell", Name: h.Number, Href: "/bevislaase/" + h.ID})
		}
	}
	return out, err
}

// review is the uses that wait to be looked at, by the day on which they must
// be, and the sample that is drawn next.
func (r Rooms) review(ctx context.Context, controller string, from, to time.Time) (out []Item, err error) {
	undone, err := r.Review.Undone(ctx, controller)
	if err != nil {
		return nil, err
	}
	by := map[string]int{}
	for _, i := range undone {
		id := "review-" + day(i.Due) + "-" + i.Place
		n, ok := by[id]
		if !ok {
			n, by[id] = len(out), len(out)
			out = append(out, Item{ID: id, Area: Review, Location: i.Place, At: i.Due, Key: "review.items", Href: "/tilsyn/stikproeve"})
		}
		out[n].Count++
	}
	periods, err := r.Review.Periods(ctx, controller)
	for _, p := range periods {
		if p.Closed.IsZero() && !p.Ends.Before(from) {
			out = append(out, Item{ID: "review-" + p.ID, Area: Review, At: p.Ends, Key: "review.draw", Href: "/tilsyn/stikproeve"})
		}
	}
	return out, err
}

// signs are checks of signs and the public pages that must be gone through.
func (r Rooms) signs(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	all, err := r.Notices.Due(ctx, controller)
	for _, d := range all {
		out = append(out, Item{ID: "sign-" + d.Kind + "-" + d.Location + d.Thing, Area: Signs, Location: d.Location, At: d.At, Key: "sign." + d.Kind, Href: "/steder/" + d.Location + "/skilte"})
	}
	return out, err
}

// staff are the confirmations that are lacking, of a place and a day one item.
func (r Rooms) staff(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	all, err := r.Staff.Lacking(ctx, controller, nil)
	by := map[string]int{}
	for _, l := range all {
		id := "staff-" + l.What + "-" + l.Location + "-" + day(l.Due)
		n, ok := by[id]
		if !ok {
			n, by[id] = len(out), len(out)
			out = append(out, Item{ID: id, Area: Staff, Location: l.Location, At: l.Due, Key: "staff", Href: "/personale"})
		}
		out[n].Count++
	}
	return out, err
}

// rights are those that end, or lapse unless the management stands by them, and
// the keys to the storage whose need is to be reviewed (ID-6).
func (r Rooms) rights(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	held, err := r.Rights.Everywhere(ctx, controller)
	for _, h := range held {
		key := "right.ends"
		if h.Lapses {
			key = "right.confirm"
		}
		out = append(out, Item{ID: "right-" + h.Form + "-" + h.Location, Area: Access, Location: h.Location, At: h.Until, Key: key, Name: h.Name, Href: "/rettigheder/" + h.Form})
	}
	if err != nil {
		return nil, err
	}
	keys, err := r.Rights.Storage(ctx, controller)
	for _, k := range keys {
		x := Item{ID: "storage-" + k.ID, Area: Access, At: k.ReviewBy(), Key: "storage.review", Name: k.Name, Href: "/lager/" + k.ID}
		switch k.State(r.Clock.Now()) {
		case authorisation.InForce, authorisation.Overdue:
			if !k.UntilAt.IsZero() && k.UntilAt.Before(x.At) {
				x.At, x.Key = k.UntilAt, "storage.ends"
			}
		case authorisation.Expired: // its time is over, and nobody took the key back
			x.At, x.Key = k.UntilAt, "storage.ends"
		default:
			continue
		}
		out = append(out, x)
	}
	return out, err
}

// cases are the steps that are due, the follow-up among them, and the approvals
// that run out.
func (r Rooms) cases(ctx context.Context, controller string, _, to time.Time) (out []Item, err error) {
	running := dossier.Query{Controller: controller, Status: []casework.Status{casework.Open, casework.Established}, Sort: "due", Limit: 500}
	rows, _, err := r.Cases.List(ctx, running)
	if err != nil {
		return nil, err
	}
	one := func(c dossier.Row) string {
		if len(c.Locations) == 1 {
			return c.Locations[0]
		}
		return ""
	}
	for _, c := range rows {
		if !c.Due.IsZero() {
			out = append(out, Item{ID: "case-" + c.ID + "-" + c.Step, Area: Cases, Location: one(c), At: c.Due, Key: "case.step", Name: c.ID, Href: "/sager/" + c.ID})
		}
	}
	running.Ending, running.Sort = to, "valid"
	rows, _, err = r.Cases.List(ctx, running)
	for _, c := range rows {
		out = append(out, Item{ID: "case-ends-" + c.ID, Area: Cases, Location: one(c), At: c.ValidTo, Key: "case.ends", Name: c.ID, Href: "/sager/" + c.ID})
	}
	return out, err
}

// permits are those that run out, of a place and a day one item.
func (r Rooms) permits(ctx context.Context, controller string, _, to time.Time) (out []Item, err error) {
	ending, err := r.Issuer.Ending(ctx, controller, to)
	if err != nil || len(ending) == 0 {
		return nil, err
	}
	keys, err := r.Register.Keys(ctx, register.Query{Controller: controller, Removed: true})
	where := map[string]string{}
	for _, k := range keys {
		where[k.ID] = k.Location
	}
	by := map[string]int{}
	for _, e := range ending {
		id := "permit-" + where[e.Camera] + "-" + day(e.ValidTo)
		n, ok := by[id]
		if !ok {
			n, by[id] = len(out), len(out)
			out = append(out, Item{ID: id, Area: Permits, Location: where[e.Camera], At: e.ValidTo, Key: "permits", Href: "/sager?sted=" + where[e.Camera]})
		}
		out[n].Count++
	}
	return out, err
}

// register is what the register has dates of: the police's permits and
// postponements, POLCAM, and the suppliers' agreements.
func (r Rooms) register(ctx context.Context, controller string, _, _ time.Time) (out []Item, err error) {
	orders, err := r.Register.Orders(ctx, controller, register.OrderPermit, register.OrderDiscussion)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		x := Item{ID: "police-" + o.ID, Area: Police, Name: o.Reference, Href: "/politi/" + o.ID, Key: "police.ends", At: o.Ends}
		if o.Kind == register.OrderDiscussion {
			x.Key, x.At = "police.postponed", o.Postponed
		}
		if len(o.Locations) == 1 {
			x.Location = o.Locations[0]
		}
		if o.Withdrawn.IsZero() && !x.At.IsZero() {
			out = append(out, x)
		}
	}
	polcams, changes, err := r.Register.Polcams(ctx, controller)
	if err != nil {
		return nil, err
	}
	for _, p := range polcams {
		if p.Registered.IsZero() && p.Duty != register.PolcamNot && !p.Due.IsZero() {
			out = append(out, Item{ID: "polcam-" + p.Location, Area: Polcam, Location: p.Location, At: p.Due, Key: "polcam", Href: "/steder/" + p.Location + "#polcam"})
		}
	}
	seen := map[string]bool{}
	for _, c := range changes {
		if id := "polcam-change-" + c.Location + "-" + day(c.Due); !seen[id] {
			seen[id] = true
			out = append(out, Item{ID: id, Area: Polcam, Location: c.Location, At: c.Due, Key: "polcam.change", Href: "/steder/" + c.Location + "#polcam"})
		}
	}
	agreements, err := r.Register.Agreements(ctx, controller, "", "")
	for _, a := range agreements {
		x := Item{ID: "agreement-" + a.ID, Area: Suppliers, At: a.Ends, Key: "agreement", Name: a.What, Href: "/leverandoerer/" + a.Supplier}
		if len(a.Locations) == 1 {
			x.Location = a.Locations[0]
		}
		out = append(out, x)
	}
	return out, err
}

func day(t time.Time) string { return t.In(clock.Denmark()).Format(time.DateOnly) }
