package inspection

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/sharing"
)

// lateBy is how long past its time footage may lie before it is a gap: deletion
// runs by the minute, and a recorder that was away takes up to a day to catch up.
const lateBy = 24 * time.Hour

// storing answers 2.4: whether footage is kept, and when it is deleted.
func (f *facts) storing(ctx context.Context, a *Answer) error {
	type group struct{ hours, cameras int }
	var groups []group
	limit := f.rules.Days("retention") * 24
	sound, kept := 0, map[string]bool{}
	open, err := f.Holds.Open(ctx, f.Controller)
	if err != nil {
		return err
	}
	for _, h := range open {
		for _, c := range h.Cameras {
			kept[c] = kept[c] || h.State(f.now) == hold.Standing
		}
	}
	for _, c := range f.recorded() {
		p := f.permits[c.ID]
		found := false
		for i := range groups {
			if groups[i].hours == p.RetentionHours {
				groups[i].cameras++
				found = true
			}
		}
		if !found {
			groups = append(groups, group{p.RetentionHours, 1})
		}
		g := Gap{Location: c.Location, Name: c.Name, Href: "/kameraer/" + c.ID}
		if p.Sound {
			sound++
			g.Key = "sound"
			a.gap(g)
		}
		if p.RetentionHours > limit && p.Class != permit.ClassOther {
			g.Key, g.Count = "limit", int64(p.RetentionHours/24)
			a.gap(g)
		}
		if !f.Engine.Away && f.Engine.Oldest != nil && !kept[c.ID] {
			if at := f.Engine.Oldest(c.ID); !at.IsZero() && at.Add(time.Duration(p.RetentionHours)*time.Hour+lateBy).Before(f.now) {
				a.gap(Gap{Key: "oldest", Location: c.Location, Name: c.Name, At: at, Href: "/tilsyn/sletninger"})
			}
		}
	}
	if len(f.permits) > 0 {
		a.say("kept", int64(len(f.permits)), "", f.proofs(f.recorded())...)
		a.say("deleted", 0, "")
		if sound == 0 {
			a.say("sound.none", 0, "")
		}
	}
	var rows [][]Cell
	for _, g := range groups {
		days := Cell{Key: "days", Count: int64(g.hours / 24)}
		if g.hours%24 != 0 {
			days = Cell{Key: "hours.kept", Count: int64(g.hours)}
		}
		rows = append(rows, []Cell{days, {Count: int64(g.cameras)}})
	}
	a.table("retention", []string{"retention", "cameras"}, rows)
	if f.Engine.Away {
		a.cannot("engine")
	} else {
		f.late(a)
	}
	f.locks(a, open)
	return nil
}

// late names what is past its time and readable (KEEP-3).
func (f *facts) late(a *Answer) {
	at := map[string]Gap{}
	for _, d := range f.Engine.Late {
		l := f.where[d.Camera]
		if l == "" {
			continue
		}
		g, ok := at[l]
		if !ok || d.Due.Before(g.At) {
			g.At = d.Due
		}
		g.Key, g.Location, g.Href, g.Count = "late", l, "/tilsyn/sletninger?vis=late", g.Count+int64(max(d.Segments, 1))
		at[l] = g
	}
	for _, g := range at {
		a.gap(g)
	}
	old := slices.ContainsFunc(a.Gaps, func(g Gap) bool { return g.Key == "oldest" })
	if len(at) == 0 && !old && len(f.permits) > 0 {
		a.say("late.none", 0, "")
	}
}

// locks are what is kept longer, and why (L § 4 c stk. 5).
func (f *facts) locks(a *Answer, open []hold.Hold) {
	var rows [][]Cell
	var proof []Proof
	for _, h := range open {
		if !f.asked(h.Location) || h.State(f.now) != hold.Standing {
			continue
		}
		rows = append(rows, []Cell{{Text: h.Number, Href: "/bevislaase/" + h.ID}, {Key: "hold." + string(h.Reason)}, {Text: h.Reference}, {At: h.Decided}, {At: h.Ends()}})
		proof = append(proof, Proof{What: "lock", Name: h.Number, Href: "/bevislaase/" + h.ID})
		g := Gap{Location: h.Location, Name: h.Number, Href: "/bevislaase/" + h.ID}
		if at := h.ReviewDue(); !at.IsZero() && !f.now.Before(at) {
			g.Key, g.At = "lock.review", at
			a.gap(g)
		}
		if h.Reason == permit.HoldDispute && h.Told.IsZero() {
			g.Key, g.At = "lock.told", h.TellBy()
			a.gap(g)
		}
	}
	if len(rows) == 0 {
		a.say("locks.none", 0, "")
	} else {
		a.say("locks", int64(len(rows)), "", proof...)
	}
	a.table("locks", []string{"number", "reason", "reference", "since", "until"}, rows)
}

// passing answers 2.5: to whom footage is handed on.
func (f *facts) passing(ctx context.Context, a *Answer) error {
	var grounds []string
	for _, c := range f.recorded() {
		if b, ok := f.rules.Basis(c.BasisID); ok {
			for _, g := range b.Disclose {
				once(&grounds, g)
			}
		}
	}
	for _, g := range grounds {
		a.say("ground."+g, 0, "")
	}
	all, err := f.Disclosures.List(ctx, f.Controller)
	if err != nil {
		return err
	}
	since := f.now.AddDate(-1, 0, 0)
	var rows [][]Cell
	var proof []Proof
	for _, d := range all {
		if !f.asked(d.Location) || d.Asked.Before(since) {
			continue
		}
		href := "/udleveringer/" + d.ID
		switch s := d.State(f.now); {
		case s == disclosure.HandedOut:
			rows = append(rows, []Cell{{Text: d.Number, Href: href}, {Key: "to." + string(d.Kind)}, {Text: d.Recipient.Name}, {Text: d.Journal}, {At: d.Receipt.On}})
			proof = append(proof, Proof{What: "disclosure", Name: d.Number, Href: href, Document: d.Receipt.Document})
		case !d.Package().Fetched.IsZero():
			a.gap(Gap{Key: "receipt", Location: d.Location, Name: d.Number, At: d.Package().Fetched, Href: href})
		}
	}
	if len(rows) == 0 {
		a.say("handed.none", 0, "")
	} else {
		a.say("handed", int64(len(rows)), "", proof...)
	}
	a.table("handed", []string{"number", "to", "recipient", "journal", "on"}, rows)
	return f.shared(ctx, a)
}

// shared are the closed systems that a business shares in (L § 4 c stk. 2-3).
func (f *facts) shared(ctx context.Context, a *Answer) error {
	systems, err := f.Sharing.Systems(ctx, f.Controller)
	if err != nil {
		return err
	}
	shares, err := f.Sharing.List(ctx, f.Controller)
	if err != nil {
		return err
	}
	standing := map[string]int64{}
	for _, s := range shares {
		if f.asked(s.Location) && s.State(f.now) == sharing.Standing {
			standing[s.System]++
		}
	}
	open := 0
	for _, s := range systems {
		n := standing[s.ID]
		if !s.Closed.IsZero() && n == 0 {
			continue
		}
		open++
		href := "/delesystemer/" + s.ID
		if s.Others {
			a.at("shared.others", n, s.Name, s.Permission.Expires, Proof{What: "document", Name: s.Permission.Journal, Href: href, Document: s.Permission.Document})
		} else {
			a.say("shared.within", n, s.Name)
		}
		if s.Others && s.Closed.IsZero() && !f.now.Before(s.Permission.Expires) {
			a.gap(Gap{Key: "sharing", Name: s.Name, Count: n, At: s.Permission.Expires, Href: href})
		}
	}
	if open == 0 {
		a.say("shared.none", 0, "")
	}
	a.cannot("taken")
	return nil
}
