package standing

import (
	"context"
	"slices"

	"vidne.dk/vidne/internal/register"
)

// police says which words of the police wait for an answer, and which of their
// permits run out (§§ 2, 4 a, 4 b).
func (r *Room) police(ctx context.Context, f facts) (out []Finding, err error) {
	orders, err := r.c.Register.Orders(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		if !o.Withdrawn.IsZero() {
			continue
		}
		x := Finding{Area: Police, State: Due, Name: o.Reference, Href: "/politi/" + o.ID}
		switch {
		case o.Kind == register.OrderRecommendation && o.Answered.IsZero():
			x.Key, x.At = "police.unanswered", o.Dated
		case o.Kind != register.OrderPermit:
			continue
		case !f.now.Before(o.Ends):
			x.State, x.Key, x.At = Broken, "police.ended", o.Ends
		case o.Ends.Before(f.now.Add(Ahead)):
			x.Key, x.At = "police.ends", o.Ends
		default:
			continue
		}
		for _, l := range f.touched(o) {
			x.Location = l
			out = append(out, x)
		}
	}
	return f.fill(Police, "police.well", out), nil
}

// quality holds the cameras, as they were found last and are permitted, against
// the orders on quality and storage (§ 4 b): an order that is broken is punished
// (§ 5 stk. 3). What each camera lacks stands on the order's page.
func (r *Room) quality(ctx context.Context, f facts) (out []Finding, err error) {
	orders, err := r.c.Register.Orders(ctx, f.Controller, register.OrderQuality)
	orders = slices.DeleteFunc(orders, func(o register.PoliceOrder) bool { return !o.InForce(f.now) })
	if err != nil || len(orders) == 0 {
		return nil, err
	}
	found, err := r.c.Register.Newest(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	permits, err := r.c.Issuer.InForce(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		at := map[string]int{}
		for _, p := range permits {
			l := f.where[p.Camera]
			if !f.wanted[l] || !o.Touches(l, p.Camera) {
				continue
			}
			var e *register.Evidence
			if x, ok := found[p.Camera]; ok {
				e = &x
			}
			if len(o.Demands.Against(e, p.RetentionHours)) == 0 {
				continue
			}
			i, ok := at[l]
			if !ok {
				i, at[l] = len(out), len(out)
				out = append(out, Finding{Location: l, Area: Police, State: Broken, Key: "police.short", Name: o.Reference, Href: "/politi/" + o.ID + "#kameraer"})
			}
			out[i].Count++
		}
	}
	return out, nil
}

// touched are the wanted locations that the police's word is about.
func (f facts) touched(o register.PoliceOrder) (out []string) {
	if len(o.Cameras) == 0 {
		return f.at(o.Locations)
	}
	for _, c := range o.Cameras {
		if l := f.where[c]; f.wanted[l] && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// polcam says where the registration of each location stands (§ 2 e, SITE-4).
func (r *Room) polcam(ctx context.Context, f facts) (out []Finding, err error) {
	all, open, err := r.c.Register.Polcams(ctx, f.Controller)
	if err != nil {
		return nil, err
	}
	changes := map[string][]register.PolcamChange{}
	for _, c := range open {
		changes[c.Location] = append(changes[c.Location], c)
	}
	told := map[string]bool{}
	for _, p := range all {
		if !f.wanted[p.Location] {
			continue
		}
		told[p.Location] = true
		s := p.State(changes[p.Location], f.now)
		x := Finding{Location: p.Location, Area: Polcam, Key: "polcam." + string(s), Href: "/steder/" + p.Location + "#polcam"}
		switch s {
		case register.PolcamDue:
			x.State, x.At = Due, p.Due
		case register.PolcamOverdue:
			x.State, x.At = Broken, p.Due
		case register.PolcamChangeDue, register.PolcamChangeOverdue, register.PolcamLeave, register.PolcamLeaveLate:
			first := changes[p.Location][0].Due
			for _, c := range changes[p.Location] {
				if c.Due.Before(first) {
					first = c.Due
				}
			}
			x.State, x.At = Due, first
			if s == register.PolcamChangeOverdue || s == register.PolcamLeaveLate {
				x.State = Broken
			}
		case register.PolcamRegistered, register.PolcamLeft:
			x.At = p.Registered
		}
		out = append(out, x)
	}
	for _, l := range f.at(nil) {
		if !told[l] && f.wanted[l] {
			out = append(out, Finding{Location: l, Area: Polcam, State: Due, Key: "polcam.unsaid", Href: "/steder/" + l + "#polcam"})
		}
	}
	return out, nil
}

// suppliers says which agreements with those who look after the cameras have
// run out or do so soon.
func (r *Room) suppliers(ctx context.Context, f facts) (out []Finding, err error) {
	all, err := r.c.Register.Agreements(ctx, f.Controller, "", "")
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		x := Finding{Area: Suppliers, Key: "suppliers.ends", State: Due, Name: a.What, At: a.Ends, Href: "/leverandoerer/" + a.Supplier}
		switch {
		case a.Ends.IsZero() || !a.Ends.Before(f.now.Add(Ahead)):
			continue
		case !f.now.Before(a.Ends):
			x.State, x.Key = Broken, "suppliers.ended"
		}
		for _, l := range f.at(a.Locations) {
			x.Location = l
			out = append(out, x)
		}
	}
	return f.fill(Suppliers, "suppliers.well", out), nil
}
