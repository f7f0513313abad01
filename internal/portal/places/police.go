package places

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

func orderKinds() []string {
	return []string{register.OrderRecommendation, register.OrderQuality, register.OrderEstablish, register.OrderPermit, register.OrderDiscussion, register.OrderTakeover}
}

// orderBadge is where a word of the police stands, in words.
func (v *visit) orderBadge(o register.PoliceOrder) fds.Badge {
	state, tone := v.orderState(o)
	return fds.Badge{Tone: tone, Text: v.T("police.state." + state)}
}

// soonOver is how long before its end a police permit is pointed out.
const soonOver = 180 * 24 * time.Hour

func (v *visit) orderState(o register.PoliceOrder) (string, fds.Tone) {
	switch {
	case !o.Withdrawn.IsZero() && !v.Now.Before(o.Withdrawn):
		return "withdrawn", fds.Plain
	case o.Blocks(v.Now):
		return o.Outcome, fds.Error
	case o.Kind == register.OrderDiscussion:
		return "held", fds.Success
	case o.Kind == register.OrderTakeover && !o.InForce(v.Now):
		return "ended", fds.Plain
	case o.Kind == register.OrderTakeover:
		return "taken-over", fds.Warning
	case o.Kind == register.OrderPermit && !v.Now.Before(o.Ends):
		return "over", fds.Error
	case o.Kind == register.OrderPermit && v.Now.Before(o.Starts):
		return "coming", fds.Info
	case o.Kind == register.OrderPermit && o.Ends.Sub(v.Now) < soonOver:
		return "soon", fds.Warning
	case o.Kind == register.OrderPermit:
		return "in-force", fds.Success
	case o.Answered.IsZero():
		return "unanswered", fds.Warning
	}
	return "answered", fds.Success
}

func (v *visit) orderListing() page.Listing[register.PoliceOrder] {
	kind := func(o register.PoliceOrder) string { return v.T("police.kind." + o.Kind) }
	state := func(o register.PoliceOrder) string { return v.orderBadge(o).Text }
	day := func(t func(register.PoliceOrder) time.Time) func(register.PoliceOrder) sheet.Cell {
		return func(o register.PoliceOrder) sheet.Cell {
			if t(o).IsZero() {
				return sheet.Text("")
			}
			return sheet.Day(t(o).In(page.Zone()))
		}
	}
	dated := func(o register.PoliceOrder) time.Time { return o.Dated }
	ends := func(o register.PoliceOrder) time.Time { return o.Ends }
	l := page.Listing[register.PoliceOrder]{Key: "police", Path: "/politi",
		Columns: []page.Column[register.PoliceOrder]{
			{Name: "dated", Text: func(o register.PoliceOrder) string { return page.FormDate(o.Dated) }, Cell: day(dated), Compare: func(a, b register.PoliceOrder) int { return b.Dated.Compare(a.Dated) }},
			{Name: "kind", Text: kind, Compare: page.ByText(kind)},
			{Name: "reference", Text: func(o register.PoliceOrder) string { return o.Reference }},
			{Name: "district", Text: func(o register.PoliceOrder) string { return o.District }},
			{Name: "says", Text: func(o register.PoliceOrder) string { return o.Says }, FileOnly: true},
			{Name: "ends", Text: func(o register.PoliceOrder) string { return page.FormDate(o.Ends) }, Cell: day(ends), Compare: func(a, b register.PoliceOrder) int { return later(a.Ends).Compare(later(b.Ends)) }},
			{Name: "state", Text: state, Compare: page.ByText(state)},
		},
		Search: func(o register.PoliceOrder) string {
			return join(kind(o), o.Reference, o.District, o.Says, o.Area, o.Answer)
		},
		Filters: []page.Filter[register.PoliceOrder]{{Name: "slags", Keep: func(o register.PoliceOrder, k string) bool { return o.Kind == k }}}}
	for _, k := range orderKinds() {
		l.Filters[0].Choices = append(l.Filters[0].Choices, fds.Choice{Value: k, Text: v.T("police.kind." + k)})
	}
	return l
}

func (p *Screens) orders(v *visit) error {
	all, err := p.Register.Orders(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	l := v.orderListing()
	if done, err := l.File(v.Visit, all); done {
		return err
	}
	return v.Show(http.StatusOK, v.ordersPage(l, all))
}

func (v *visit) ordersPage(l page.Listing[register.PoliceOrder], all []register.PoliceOrder) *page.ListPage {
	list, rows := l.Show(v.Visit, all)
	var lines []page.Line
	for _, o := range rows {
		badge := v.orderBadge(o)
		lines = append(lines, page.Line{ID: "politi-" + o.ID, Cells: []page.Cell{{Text: v.Date(o.Dated)}, {Href: "/politi/" + o.ID, Text: v.T("police.kind." + o.Kind)},
			{Text: o.Reference}, {Text: o.District}, {Text: v.Date(o.Ends)}, {Badge: &badge}}})
	}
	pg := v.NewListPage(v.T("police.title"), v.T("police.lead"), page.Places, list, lines)
	if v.edits() {
		pg.Actions = []fds.Link{{Href: "/politi/nyt", Text: v.T("police.new")}}
	}
	return pg
}

// orderFacts is what the page of a word of the police is made of.
type orderFacts struct {
	locations map[string]string
	cameras   []register.Camera
	short     map[string][]register.Shortfall // by camera, of those that an order touches
	happened  page.Happened
}

func (p *Screens) oneOrder(v *visit) (err error) {
	f := orderFacts{}
	if f.locations, err = p.locationNames(v); err != nil {
		return err
	}
	if f.cameras, err = p.touched(v); err != nil {
		return err
	}
	if v.order.Kind == register.OrderQuality {
		if f.short, err = p.shortfalls(v, f.cameras); err != nil {
			return err
		}
	}
	if f.happened, err = v.Happened(v.order.ID, 20); err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.orderPage(f))
}

// touched are the cameras that the order is about.
func (p *Screens) touched(v *visit) (out []register.Camera, err error) {
	all, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller})
	for _, c := range all {
		if v.order.Touches(c.Location, c.ID) {
			out = append(out, c)
		}
	}
	return out, err
}

// shortfalls hold each camera, as it was probed and is permitted, against an
// order on quality and storage (LAW-8).
func (p *Screens) shortfalls(v *visit, cams []register.Camera) (map[string][]register.Shortfall, error) {
	out := map[string][]register.Shortfall{}
	for _, c := range cams {
		evidence, err := p.Register.EvidenceOf(v.Ctx, c.Controller, c.ID)
		if err != nil {
			return nil, err
		}
		var found *register.Evidence
		if len(evidence) > 0 {
			found = &evidence[0]
		}
		keep := 0
		r, err := p.Issuer.Standing(v.Ctx, c.ID, "main")
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil {
			s, err := r.Statement()
			if err != nil {
				return nil, err
			}
			if pm, ok := s.(*permit.Permit); ok {
				keep = pm.RetentionHours
			}
		}
		out[c.ID] = v.order.Demands.Against(found, keep)
	}
	return out, nil
}

func (v *visit) orderPage(f orderFacts) *page.Record {
	o := v.order
	title := v.T("police.kind." + o.Kind)
	pg := v.NewRecord(title+" "+o.Reference, v.T("police.about."+o.Kind), v.crumbs(fds.Link{Href: "/politi", Text: v.T("police.title")})...)
	v.Said(&pg.Shell)
	badge := v.orderBadge(o)
	pg.Badge = &badge
	if v.edits() {
		here := "/politi/" + o.ID
		pg.Actions = []fds.Link{{Href: here + "/ret", Text: v.T("police.edit")}}
		if o.Kind != register.OrderDiscussion && o.Kind != register.OrderPermit && o.Kind != register.OrderTakeover {
			pg.Actions = []fds.Link{{Href: here + "/svar", Text: v.T("police.answer")}, {Href: here + "/ret", Text: v.T("police.edit")}}
		}
	}
	list := &fds.StructuredList{Caption: v.T("police.facts")}
	fact(list, v.T("police.column.district"), o.District)
	fact(list, v.T("police.column.reference"), o.Reference)
	fact(list, v.T("police.column.dated"), v.Date(o.Dated))
	fact(list, v.T("police.basis"), v.basis(o.Basis))
	fact(list, v.T("police.says"), o.Says)
	fact(list, v.T("police.area"), o.Area)
	fact(list, v.T("police.terms"), o.Terms)
	fact(list, v.T("police.participants"), o.Participants)
	if o.Kind == register.OrderDiscussion {
		fact(list, v.T("police.outcome"), v.T("police.outcome."+o.Outcome))
	}
	for _, d := range []struct {
		key string
		at  time.Time
	}{{"postponed", o.Postponed}, {"starts", o.Starts}, {"ends", o.Ends}, {"withdrawn", o.Withdrawn}} {
		if !d.at.IsZero() {
			fact(list, v.T("police."+d.key), v.Date(d.at))
		}
	}
	pg.Add(page.Section{ID: "fakta", Heading: v.T("police.facts"), List: list, Half: true})
	pg.Add(v.answerSection())
	if o.Kind == register.OrderQuality {
		pg.Add(v.demandsSection())
	}
	pg.Add(v.touchedSection(f))
	pg.Happened = &f.happened
	return pg
}

func (v *visit) answerSection() page.Section {
	o := v.order
	s := page.Section{ID: "svar", Heading: v.T("police.answered"), Half: true}
	switch {
	case o.Kind == register.OrderPermit:
		s.Heading, s.Lead = v.T("police.permit.means"), v.T("police.permit.means.text")
	case o.Kind == register.OrderTakeover:
		s.Heading, s.Lead = v.T("police.takeover.means"), v.T("police.takeover.means.text")
	case o.Kind == register.OrderDiscussion:
		s.Heading, s.Lead = v.T("police.discussion.means"), v.T("police.discussion.means.text")
	case o.Answered.IsZero():
		s.Empty = v.T("police.answered.none")
	default:
		s.List = &fds.StructuredList{Caption: s.Heading, Rows: []fds.Row{{Term: v.T("police.answered.at"), Text: v.Date(o.Answered)}, {Term: v.T("police.answered.by"), Text: o.AnsweredBy}, {Term: v.T("police.answered.text"), Text: o.Answer}}}
	}
	return s
}

func (v *visit) demandsSection() page.Section {
	d := v.order.Demands
	list := &fds.StructuredList{Caption: v.T("police.demands")}
	if d.Width > 0 || d.Height > 0 {
		fact(list, v.T("police.demand.picture"), v.T("police.demand.picture.text", d.Width, d.Height))
	}
	if d.FPS > 0 {
		fact(list, v.T("police.demand.fps"), v.T("police.demand.fps.text", v.Decimal(d.FPS)))
	}
	if d.KeepHours > 0 {
		fact(list, v.T("police.demand.keep"), v.Span(time.Duration(d.KeepHours)*time.Hour))
	}
	s := page.Section{ID: "krav", Heading: v.T("police.demands"), List: list, Half: true}
	if len(list.Rows) == 0 {
		s.List, s.Empty = nil, v.T("police.demands.none")
	}
	return s
}

func (v *visit) touchedSection(f orderFacts) page.Section {
	o := v.order
	s := page.Section{ID: "kameraer", Heading: v.T("police.touches")}
	switch {
	case len(o.Cameras) == 0 && len(o.Locations) == 0:
		s.Lead = v.T("police.touches.all")
	case len(o.Cameras) == 0:
		var names []string
		for _, id := range o.Locations {
			names = append(names, f.locations[id])
		}
		slices.Sort(names)
		s.Lead = v.T("police.touches.places", join(names...))
	}
	if len(f.cameras) == 0 {
		s.Empty = v.T("police.touches.none")
		return s
	}
	if o.Kind != register.OrderQuality {
		s.Grid = page.NewGrid(s.Heading, v.T("cameras.column.camera"), v.T("cameras.column.location"))
		for _, c := range f.cameras {
			s.Grid.Add(page.Cell{Href: "/kameraer/" + c.ID, Text: c.Name}, page.Cell{Text: c.Where})
		}
		return s
	}
	s.Grid = page.NewGrid(s.Heading, v.T("cameras.column.camera"), v.T("cameras.column.location"), v.T("police.short"))
	for _, c := range f.cameras {
		cell := page.Cell{Badge: &fds.Badge{Tone: fds.Success, Text: v.T("police.short.none")}}
		if short := f.short[c.ID]; len(short) > 0 {
			cell = page.Cell{Badge: &fds.Badge{Tone: fds.Error, Text: v.N("police.short.some", int64(len(short)))}}
			for _, x := range short {
				cell.More = append(cell.More, v.T("police.short."+x.Demand, v.hours(x.Wants), v.hours(x.Has)))
			}
		}
		s.Grid.Add(page.Cell{Href: "/kameraer/" + c.ID, Text: c.Name}, page.Cell{Text: c.Where}, cell)
	}
	return s
}

// hours puts the register's "336 h" into words and leaves the rest.
func (v *visit) hours(s string) string {
	if n := len(s) - 2; n > 0 && s[n:] == " h" {
		if h, err := strconv.Atoi(s[:n]); err == nil {
			return v.Span(time.Duration(h) * time.Hour)
		}
	}
	return s
}
