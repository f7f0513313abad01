package inspection

import (
	"context"
	"slices"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/safeguards"
	"vidne.dk/vidne/internal/staff"
)

// signs answers 2.6: whether it is told, and how.
func (f *facts) signs(ctx context.Context, a *Answer) error {
	signs, err := f.Notices.Signs(ctx, f.Controller, f.Location)
	if err != nil {
		return err
	}
	var rows [][]Cell
	var proof []Proof
	count := map[string]int64{}
	for _, s := range signs {
		if !f.asked(s.Location) || s.Format == notice.Text {
			continue
		}
		count[s.Location]++
		href := "/steder/" + s.Location + "/skilte"
		if f.one() {
			rows = append(rows, []Cell{{Text: s.Words, Href: href}, {Key: "hangs." + s.Place}, {At: s.Hung}, {At: s.Last().At}, {Key: "found." + s.Last().Finding}})
		}
		proof = append(proof, Proof{What: "sign", Name: s.Words, Href: href, Document: s.Photo})
	}
	if len(proof) == 0 {
		a.say("none", 0, "")
	} else {
		a.say("signs", int64(len(proof)), "", proof...)
	}
	pages := f.pages(a, count)
	if f.one() {
		a.table("signs", []string{"where", "hangs", "hung", "seen", "found"}, rows)
	} else {
		a.table("signed", []string{"place", "signs", "page", "published", "confirmed"}, pages)
	}
	return f.dues(ctx, a, notice.DueReport, notice.DueHang, notice.DueMend, notice.DueStale, notice.DueCheck, notice.DueConfirm)
}

// pages says which public pages there are.
func (f *facts) pages(a *Answer, signs map[string]int64) (rows [][]Cell) {
	var proof []Proof
	for _, id := range f.order {
		p, ok := f.Notices.Of(f.Controller, id)
		if len(f.at(id)) == 0 {
			continue
		}
		if !ok {
			a.gap(Gap{Key: "page", Location: id, Href: "/steder/" + id})
			continue
		}
		proof = append(proof, Proof{What: "page", Name: p.Name, Href: "/s/" + p.Code})
		rows = append(rows, []Cell{f.placeCell(id), {Count: signs[id]}, {Text: "/s/" + p.Code, Href: "/s/" + p.Code}, {At: p.Published}, {At: p.Confirmed}})
	}
	if len(proof) > 0 {
		a.say("pages", int64(len(proof)), "", proof...)
	}
	return rows
}

// dues are what should have been done about signs and pages, of some kinds.
func (f *facts) dues(ctx context.Context, a *Answer, kinds ...string) error {
	all, err := f.Notices.Due(ctx, f.Controller)
	for _, d := range all {
		if f.asked(d.Location) && d.Late(f.now) && slices.Contains(kinds, d.Kind) {
			name := d.Words
			if d.Kind == notice.DueHang {
				name = ""
			}
			key := d.Kind
			if d.Kind == notice.DueHang {
				key += "." + d.Words
			}
			a.gap(Gap{Key: key, Location: d.Location, Name: name, At: d.At, Href: "/steder/" + d.Location + "/skilte"})
		}
	}
	return err
}

// locations is what a room that takes a list is asked about; nil: all.
func (f *facts) locations() []string {
	if f.one() {
		return []string{f.Location}
	}
	return nil
}

// staff answers 2.8: whether those who work there were told, and of what.
func (f *facts) staff(ctx context.Context, a *Answer) error {
	if f.Staff == nil {
		a.cannot("staff")
		return nil
	}
	rolls, err := f.Staff.Rolls(ctx, f.Controller, f.locations())
	if err != nil {
		return err
	}
	var rows [][]Cell
	var proof []Proof
	var all, have int64
	for _, r := range rolls {
		if !f.asked(r.Location) || !r.Wanted() {
			continue
		}
		n, told := r.Count()
		all, have = all+int64(n), have+int64(told)
		at := Cell{At: r.Told(f.now)}
		if r.Nobody != nil && n == 0 {
			at = Cell{Key: "nobody"}
		}
		rows = append(rows, []Cell{f.placeCell(r.Location), {Count: int64(r.Notice.Version)}, {At: r.Notice.Made}, {Count: int64(n)}, {Count: int64(told)}, at})
		proof = append(proof, Proof{What: "notice", Name: r.Name, Href: "/personale/" + r.Location})
		for _, l := range r.Lacks() {
			if l.What == staff.LackNotice && !l.Overdue(f.now) {
				continue
			}
			a.gap(Gap{Key: l.What, Location: l.Location, Name: l.Name, At: l.Due, Href: "/personale/" + l.Location})
		}
	}
	if len(rows) > 0 {
		a.say("written", 0, "", proof...)
		a.say("told", have, "")
		a.say("roll", all, "")
	}
	a.table("rolls", []string{"place", "version", "made", "roll", "told", "all"}, rows)
	a.cannot("oral")
	return nil
}

// members answers 2.9: whether members and customers were told otherwise.
func (f *facts) members(ctx context.Context, a *Answer) error {
	signs, err := f.Notices.Signs(ctx, f.Controller, f.Location)
	if err != nil {
		return err
	}
	var rows [][]Cell
	var proof []Proof
	for _, s := range signs {
		if f.asked(s.Location) && (s.Format == notice.Poster || s.Format == notice.Text) {
			rows = append(rows, []Cell{f.placeCell(s.Location), {Key: "format." + s.Format}, {Text: s.Words, Href: "/steder/" + s.Location + "/skilte"}, {At: s.Hung}, {At: s.Last().At}})
			proof = append(proof, Proof{What: "sign", Name: s.Words, Href: "/steder/" + s.Location + "/skilte", Document: s.Photo})
		}
	}
	if len(rows) > 0 {
		a.say("told", int64(len(rows)), "", proof...)
	} else {
		a.say("none", 0, "")
	}
	f.pages(a, nil)
	a.say("languages", int64(len(notice.Languages())), "")
	a.table("told", []string{"place", "format", "where", "since", "seen"}, rows)
	a.cannot("read")
	return f.dues(ctx, a, notice.DueTell)
}

// who answers 2.10: who can get at the footage.
func (f *facts) who(ctx context.Context, a *Answer) error {
	held, err := f.Rights.Everywhere(ctx, f.Controller)
	if err != nil {
		return err
	}
	var rows [][]Cell
	var proof []Proof
	people, at := map[string]bool{}, map[string]bool{}
	for _, h := range held {
		if !f.asked(h.Location) || h.Role != authorisation.Look {
			continue
		}
		people[h.Person], at[h.Location] = true, true
		href := "/rettigheder/" + h.Form
		rows = append(rows, []Cell{f.placeCell(h.Location), {Text: h.Name}, {Key: "form", Count: h.Number, Href: href}, {At: h.Since}, {At: h.Until}, {At: h.Read}})
		proof = append(proof, Proof{What: "form", Name: h.Name, Href: href})
	}
	if len(people) > 0 {
		a.say("people", int64(len(people)), "", proof...)
	} else {
		a.say("nobody", 0, "")
	}
	a.say("rule", 0, "")
	a.table("people", []string{"place", "person", "form", "since", "until", "read"}, rows)
	for _, id := range f.order {
		if len(f.at(id)) > 0 && !at[id] && f.controller.Kind != register.Business { // H 4.1
			a.gap(Gap{Key: "nobody", Location: id, Href: "/rettigheder"})
		}
	}
	forms, err := f.Rights.List(ctx, authorisation.Query{Controller: f.Controller, Location: f.Location, Live: f.now})
	if err != nil {
		return err
	}
	for _, s := range forms {
		if s.State != authorisation.Resting {
			continue
		}
		for i, state := range s.LineStates() {
			if l := s.Lines[i].Location; state == authorisation.Resting && f.asked(l) {
				a.gap(Gap{Key: "resting", Location: l, Name: s.Name, Href: "/rettigheder/" + s.ID})
			}
		}
	}
	return f.storage(ctx, a)
}

// storage is who can get at the storage itself (H 5.1, D 3.5.2): the same
// whatever location is asked about.
func (f *facts) storage(ctx context.Context, a *Answer) error {
	all, err := f.Rights.Storage(ctx, f.Controller)
	var rows [][]Cell
	for _, x := range all {
		state := x.State(f.now)
		href := "/lager/" + x.ID
		switch state {
		case authorisation.InForce, authorisation.Overdue, authorisation.Expired:
			rows = append(rows, []Cell{{Text: x.Name, Href: href}, {Text: x.Firm}, {Text: x.Place}, {Text: x.Need}, {Text: x.DecidedName}, {At: x.ReviewBy()}})
		}
		switch state {
		case authorisation.Overdue:
			a.gap(Gap{Key: "storage.review", Name: x.Name, At: x.ReviewBy(), Href: href})
		case authorisation.Expired: // its time is over, and nobody took the key back
			a.gap(Gap{Key: "storage.over", Name: x.Name, At: x.UntilAt, Href: href})
		}
	}
	if len(rows) > 0 {
		a.say("storage", int64(len(rows)), "")
	} else {
		a.say("storage.none", 0, "")
		a.gap(Gap{Key: "storage.unsaid", Href: "/lager"})
	}
	a.table("storage", []string{"person", "firm", "room", "need", "approved", "review"}, rows)
	a.cannot("keys")
	return err
}

// mostUses is how many openings of footage are looked through for where they
// came from.
const mostUses = 5000

// from answers 2.11: from where the footage can be got at.
func (f *facts) from(ctx context.Context, a *Answer) error {
	a.say("portal", 0, f.BaseURL)
	a.say("recorder", 0, "")
	if !f.Setup.Encrypted {
		a.gap(Gap{Key: "plain", Href: "/drift"})
	} else {
		a.say("tls", 0, "")
	}
	q := accesslog.Query{Controller: f.Controller, Kind: accesslog.Footage, From: f.now.AddDate(0, 0, -90)}
	if f.one() {
		q.Place = f.Location
	}
	count, order := map[string]int64{}, []string{}
	seen := 0
	err := f.Uses.All(ctx, q, func(u accesslog.Use) error {
		if seen++; seen > mostUses {
			return errEnough
		}
		if u.Refused == "" && u.Address != "" {
			if count[u.Address]++; count[u.Address] == 1 {
				order = append(order, u.Address)
			}
		}
		return nil
	})
	if err != nil && !isEnough(err) {
		return err
	}
	slices.Sort(order)
	var rows [][]Cell
	for _, at := range order {
		rows = append(rows, []Cell{{Text: at}, {Count: count[at]}})
	}
	if len(rows) > 0 {
		a.say("addresses", int64(len(rows)), "")
	} else {
		a.say("addresses.none", 0, "")
	}
	a.table("addresses", []string{"address", "uses"}, rows)
	a.cannot("network")
	return f.decided(ctx, a, safeguards.Network, "network")
}

// decided says what the controller has decided of a part, or that it is missing.
func (f *facts) decided(ctx context.Context, a *Answer, part safeguards.Part, key string) error {
	texts, err := f.Safeguards.Texts(ctx, f.Controller)
	if err != nil {
		return err
	}
	if t := texts[part]; t.Words != "" {
		a.at("decided", 0, t.Words, t.At)
	} else {
		a.gap(Gap{Key: key, Href: "/tilsyn/sikkerhed/del/" + string(part)})
	}
	return nil
}

// safe answers 2.12: what keeps footage from those whom it is not for.
func (f *facts) safe(ctx context.Context, a *Answer) error {
	d, err := f.Safeguards.Describe(ctx, f.Controller, f.Engine.Engine)
	if err != nil {
		return err
	}
	for _, p := range d.Parts {
		for _, s := range p.Says {
			a.Says = append(a.Says, Statement{Statement: safeguards.Statement{Key: "safeguards." + s.Key, Count: s.Count, Name: s.Name, At: s.At}})
		}
		if p.Decided.Words != "" {
			a.at("decided", 0, p.Decided.Words, p.Decided.At)
		}
		for _, s := range p.Lacks {
			a.gap(Gap{Key: "safeguards", Name: s.Key, Count: s.Count, At: s.At, Href: "/tilsyn/sikkerhed#" + string(p.Part)})
		}
	}
	versions, err := f.Safeguards.Of(ctx, f.Controller)
	switch {
	case err != nil:
		return err
	case len(versions) == 0:
		a.gap(Gap{Key: "description", Href: "/tilsyn/sikkerhed"})
	default:
		v := versions[0]
		a.at("description", int64(v.Version.Version), v.Name, v.Added, Proof{What: "document", Name: v.Title, Href: "/tilsyn/sikkerhed", Document: v.Document})
		if len(v.Says.Differs(d)) > 0 {
			a.gap(Gap{Key: "description.old", Count: int64(v.Version.Version), At: v.Added, Href: "/tilsyn/sikkerhed"})
		}
	}
	periods, err := f.Review.Periods(ctx, f.Controller)
	if err != nil {
		return err
	}
	for _, p := range periods {
		if !p.Drawn.IsZero() {
			a.at("reviewed", p.Number, "", p.Drawn, Proof{What: "ledger", Name: p.ID, Href: "/tilsyn/stikproeve", Entry: p.Entry + 1})
			break
		}
	}
	return f.receipts(ctx, a)
}

// receipts are who has not confirmed what is handed to those who handle
// recordings (D 3.5.6), and what went wrong and is not closed.
func (f *facts) receipts(ctx context.Context, a *Answer) error {
	if f.Staff != nil {
		lacks, err := f.Staff.Lacking(ctx, f.Controller, f.locations())
		if err != nil {
			return err
		}
		for _, l := range lacks {
			if l.What == staff.SecurityDescription && l.Overdue(f.now) && f.asked(l.Location) {
				a.gap(Gap{Key: "receipt.description", Location: l.Location, Name: l.Name, At: l.Due, Href: "/personale"})
			}
		}
	}
	if f.Breaches == nil {
		return nil
	}
	open, err := f.Breaches.Open(ctx, f.Controller)
	for _, b := range open {
		if !f.asked(b.Location) {
			continue
		}
		g := Gap{Key: "breach", Location: b.Location, Name: b.Number, At: b.Known, Href: "/brud/" + b.ID}
		if b.Late(f.now) {
			g.Key, g.At = "breach.late", b.Limit()
		}
		a.gap(g)
	}
	return err
}
