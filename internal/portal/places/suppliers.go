package places

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// supplierRow is a supplier in the list, with its agreements.
type supplierRow struct {
	register.Supplier
	agreements []register.ServiceAgreement
	ends       time.Time // the next end of an agreement in force; zero: none ends
	running    int
}

// soonEnding is how long before its end an agreement is pointed out.
const soonEnding = 90 * 24 * time.Hour

func (p *Screens) supplierNames(v *visit) (map[string]string, error) {
	all, _, err := p.Register.FindSuppliers(v.Ctx, register.SupplierQuery{Controller: v.Person.Controller, Ended: true})
	names := map[string]string{}
	for _, s := range all {
		names[s.ID] = s.Name
	}
	return names, err
}

func (p *Screens) suppliers(v *visit) error {
	all, _, err := p.Register.FindSuppliers(v.Ctx, register.SupplierQuery{Controller: v.Person.Controller, Ended: true})
	if err != nil {
		return err
	}
	agreements, err := p.Register.Agreements(v.Ctx, v.Person.Controller, "", "")
	if err != nil {
		return err
	}
	rows := supplierRows(all, agreements, v.Now)
	l := v.supplierListing()
	if done, err := l.File(v.Visit, rows); done {
		return err
	}
	return v.Show(http.StatusOK, v.suppliersPage(l, rows))
}

func supplierRows(all []register.Supplier, agreements []register.ServiceAgreement, now time.Time) []supplierRow {
	var rows []supplierRow
	for _, s := range all {
		r := supplierRow{Supplier: s}
		for _, a := range agreements {
			if a.Supplier != s.ID {
				continue
			}
			r.agreements = append(r.agreements, a)
			if runs(a, now) {
				r.running++
				if !a.Ends.IsZero() && (r.ends.IsZero() || a.Ends.Before(r.ends)) {
					r.ends = a.Ends
				}
			}
		}
		rows = append(rows, r)
	}
	return rows
}

func runs(a register.ServiceAgreement, now time.Time) bool {
	return !now.Before(a.Starts) && (a.Ends.IsZero() || now.Before(a.Ends))
}

func (v *visit) supplierListing() page.Listing[supplierRow] {
	name := func(r supplierRow) string { return r.Name }
	return page.Listing[supplierRow]{Key: "suppliers", Path: "/leverandoerer",
		Columns: []page.Column[supplierRow]{
			{Name: "name", Text: name, Compare: page.ByText(name)},
			{Name: "cvr", Text: func(r supplierRow) string { return r.CVR }},
			{Name: "contact", Text: func(r supplierRow) string { return join(r.Contact, r.Email, r.Phone) }},
			{Name: "agreements", Text: func(r supplierRow) string { return strconv.Itoa(r.running) }, Cell: func(r supplierRow) sheet.Cell { return sheet.Count(r.running) },
				Compare: func(a, b supplierRow) int { return cmp.Compare(a.running, b.running) }, End: true},
			{Name: "ends", Text: func(r supplierRow) string { return page.FormDate(r.ends) }, Cell: func(r supplierRow) sheet.Cell {
				if r.ends.IsZero() {
					return sheet.Text("")
				}
				return sheet.Day(r.ends.In(page.Zone()))
			}, Compare: func(a, b supplierRow) int { return later(a.ends).Compare(later(b.ends)) }},
		},
		Search: func(r supplierRow) string { return join(r.Name, r.CVR, r.Contact, r.Email) },
		Filters: []page.Filter[supplierRow]{{Name: "vis", Choices: []fds.Choice{{Value: "aktive", Text: v.T("suppliers.filter.vis.active")}, {Value: "udloeber", Text: v.T("suppliers.filter.vis.ending")}, {Value: "tidligere", Text: v.T("suppliers.filter.vis.ended")}},
			Keep: func(r supplierRow, what string) bool {
				return what == "aktive" && r.Ended.IsZero() || what == "tidligere" && !r.Ended.IsZero() || what == "udloeber" && !r.ends.IsZero() && r.ends.Sub(v.Now) < soonEnding
			}}}}
}

// later sorts what never ends behind what does.
func later(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return t
}

func (v *visit) suppliersPage(l page.Listing[supplierRow], all []supplierRow) *page.ListPage {
	list, rows := l.Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		name := page.Cell{Href: "/leverandoerer/" + r.ID, Text: r.Name}
		if !r.Ended.IsZero() {
			name.Quiet = v.T("suppliers.ended", v.Date(r.Ended))
		}
		ends := page.Cell{Text: v.Date(r.ends)}
		if !r.ends.IsZero() && r.ends.Sub(v.Now) < soonEnding {
			ends.Badge = &fds.Badge{Tone: fds.Warning, Text: v.T("agreement.soon")}
		}
		lines = append(lines, page.Line{ID: "leverandoer-" + r.ID, Cells: []page.Cell{name, {Text: r.CVR}, {Text: r.Contact, Quiet: join(r.Email, r.Phone)}, {Text: v.Number(int64(r.running)), End: true}, ends}})
	}
	pg := v.NewListPage(v.T("suppliers.title"), v.T("suppliers.lead"), page.Places, list, lines)
	if v.edits() {
		pg.Actions = []fds.Link{{Href: "/leverandoerer/ny", Text: v.T("suppliers.new")}}
	}
	return pg
}

// supplierFacts is what a supplier's page is made of.
type supplierFacts struct {
	agreements []register.ServiceAgreement
	papers     []register.SupplierPaper
	locations  map[string]string
	happened   page.Happened
}

func (p *Screens) oneSupplier(v *visit) (err error) {
	var f supplierFacts
	if f.agreements, err = p.Register.Agreements(v.Ctx, v.Person.Controller, v.supplier.ID, ""); err != nil {
		return err
	}
	if f.papers, err = p.Register.Papers(v.Ctx, v.Person.Controller, v.supplier.ID); err != nil {
		return err
	}
	if f.locations, err = p.locationNames(v); err != nil {
		return err
	}
	if f.happened, err = v.Happened(v.supplier.ID, 20); err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.supplierPage(f))
}

func (p *Screens) locationNames(v *visit) (map[string]string, error) {
	all, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	names := map[string]string{}
	for _, l := range all {
		names[l.ID] = l.Name
	}
	return names, err
}

func (v *visit) supplierPage(f supplierFacts) *page.Record {
	s := v.supplier
	here := "/leverandoerer/" + s.ID
	pg := v.NewRecord(s.Name, v.T("supplier.lead"), v.crumbs(fds.Link{Href: "/leverandoerer", Text: v.T("suppliers.title")})...)
	v.Said(&pg.Shell)
	if !s.Ended.IsZero() {
		pg.Badge = &fds.Badge{Tone: fds.Plain, Text: v.T("suppliers.ended", v.Date(s.Ended))}
	}
	edits := v.edits()
	if edits {
		pg.Actions = []fds.Link{{Href: here + "/aftaler/ny", Text: v.T("agreement.new")}, {Href: here + "/ret", Text: v.T("supplier.edit")}}
	}
	facts := &fds.StructuredList{Caption: v.T("supplier.facts")}
	for _, r := range []struct{ key, text string }{{"cvr", s.CVR}, {"contact", s.Contact}, {"email", s.Email}, {"phone", s.Phone}} {
		fact(facts, v.T("supplier."+r.key), r.text)
	}
	sec := page.Section{ID: "fakta", Heading: v.T("supplier.facts"), List: facts, Half: true}
	if len(facts.Rows) == 0 {
		sec.List, sec.Empty = nil, v.T("supplier.facts.none")
	}
	pg.Add(sec)
	pg.Add(v.papersSection(f, edits))
	pg.Add(v.agreementsSection(f, edits))
	pg.Happened = &f.happened
	return pg
}

func (v *visit) papersSection(f supplierFacts, edits bool) page.Section {
	here := "/leverandoerer/" + v.supplier.ID
	s := page.Section{ID: "materiale", Heading: v.T("paper.title"), Lead: v.T("paper.lead"), Half: true}
	if len(f.papers) == 0 {
		s.Empty = v.T("paper.none")
	} else {
		s.Grid = page.NewGrid(s.Heading, v.T("paper.kind"), v.T("paper.given"), v.T("paper.known"))
	}
	for _, d := range f.papers {
		known := page.Cell{Text: v.Date(d.Known)}
		if d.Known.IsZero() {
			known = page.Cell{Badge: &fds.Badge{Tone: fds.Warning, Text: v.T("paper.unknown")}}
			if edits {
				known.Form = &page.ActForm{Action: here + "/kendt", Button: fds.Button{Kind: "secondary", Text: v.T("paper.confirm")},
					Hidden: []fds.Choice{{Text: "slags", Value: d.Kind}, {Text: "udgave", Value: strconv.Itoa(d.Version)}}}
			}
		}
		s.Grid.Add(page.Cell{Text: v.T("paper.kind." + d.Kind), Quiet: v.T("paper.version", d.Version)}, page.Cell{Text: v.Date(d.Given)}, known)
	}
	if edits {
		s.Links = []fds.Link{{Href: here + "/materiale", Text: v.T("paper.new")}}
	}
	return s
}

// term is when an agreement runs, as a cell.
func (v *visit) term(a register.ServiceAgreement) page.Cell {
	c := page.Cell{Text: v.T("agreement.from", v.Date(a.Starts))}
	if !a.Ends.IsZero() {
		c.Text = v.T("agreement.from.to", v.Date(a.Starts), v.Date(a.Ends))
	}
	switch {
	case v.Now.Before(a.Starts):
		c.Badge = &fds.Badge{Tone: fds.Info, Text: v.T("agreement.coming")}
	case !runs(a, v.Now):
		c.Badge = &fds.Badge{Tone: fds.Plain, Text: v.T("agreement.over")}
	case !a.Ends.IsZero() && a.Ends.Sub(v.Now) < soonEnding:
		c.Badge = &fds.Badge{Tone: fds.Warning, Text: v.T("agreement.soon")}
	}
	return c
}

func (v *visit) agreementsSection(f supplierFacts, edits bool) page.Section {
	s := page.Section{ID: "aftaler", Heading: v.T("agreements.title")}
	if len(f.agreements) == 0 {
		s.Empty = v.T("agreements.none")
		return s
	}
	s.Grid = page.NewGrid(s.Heading, v.T("agreement.what"), v.T("agreement.places"), v.T("agreement.dates"))
	for _, a := range f.agreements {
		var names []string
		for _, id := range a.Locations {
			names = append(names, f.locations[id])
		}
		what := page.Cell{Text: a.What}
		if edits {
			what.Href = "/leverandoerer/" + v.supplier.ID + "/aftaler/" + a.ID
		}
		where := page.Cell{Text: strings.Join(names, ", ")}
		if len(names) == 0 {
			where.Text = v.T("agreement.everywhere")
		}
		s.Grid.Add(what, where, v.term(a))
	}
	return s
}

func (v *visit) supplierForm() *page.Form {
	return v.NewForm("supplier.form").Text("navn", 120, false).
		Add(fds.Field{Name: "cvr", Width: "medium", MaxLength: 8, Optional: true}).
		Text("kontakt", 120, true).
		Add(fds.Field{Name: "email", Type: "email", MaxLength: 200, Optional: true}).
		Add(fds.Field{Name: "telefon", Type: "tel", Width: "medium", MaxLength: 30, Optional: true})
}

func (v *visit) supplierFormPage(f *page.Form, s register.Supplier) *page.FormPage {
	crumbs := v.crumbs(fds.Link{Href: "/leverandoerer", Text: v.T("suppliers.title")})
	if s.ID != "" {
		crumbs = append(crumbs, fds.Link{Href: "/leverandoerer/" + s.ID, Text: s.Name})
	}
	pg := v.NewFormPage(f, crumbs)
	if s.ID != "" {
		pg.Title = v.T("supplier.form.edit", s.Name)
		pg.Crumbs.Items[len(pg.Crumbs.Items)-1].Text = pg.Title
		pg.Hidden = kept(s.Version)
	}
	return pg
}

func readSupplier(f *page.Form, s register.Supplier) register.Supplier {
	s.Name, s.CVR, s.Contact, s.Email, s.Phone = f.Get("navn"), strings.ReplaceAll(f.Get("cvr"), " ", ""), f.Get("kontakt"), f.Get("email"), f.Get("telefon")
	return s
}

func supplierFaults() map[string]string {
	return map[string]string{"supplier.name": "navn", "supplier.cvr": "cvr"}
}

func (p *Screens) newSupplier(v *visit) error {
	return v.ShowForm(v.supplierFormPage(v.supplierForm(), register.Supplier{}))
}

func (p *Screens) addSupplier(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.supplierForm().Fill(in).Check()
	s := readSupplier(f, register.Supplier{Controller: v.Person.Controller})
	pg := v.supplierFormPage(f, register.Supplier{})
	if !f.OK() {
		return v.ShowForm(pg)
	}
	if s.ID, err = p.Register.NewID(v.Ctx, "suppliers", s.Name); err != nil {
		return err
	}
	return v.saved(pg, p.Register.AddSupplier(v.Ctx, s, v.Person.ID), supplierFaults(), "/leverandoerer/"+s.ID+"?besked=gemt")
}

func (v *visit) endedForm() *page.Form { return v.supplierForm().Date("ophoert", true) }

func (p *Screens) editSupplier(v *visit) error {
	s := v.supplier
	f := v.endedForm().Fill(url.Values{"navn": {s.Name}, "cvr": {s.CVR}, "kontakt": {s.Contact}, "email": {s.Email}, "telefon": {s.Phone}, "ophoert": {page.FormDate(s.Ended)}})
	return v.ShowForm(v.supplierFormPage(f, s))
}

func (p *Screens) saveSupplier(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.endedForm().Fill(in).Check()
	s := readSupplier(f, v.supplier)
	s.Version = versionOf(in)
	s.Ended = v.date(f, "ophoert")
	pg := v.supplierFormPage(f, s)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	return v.saved(pg, p.Register.UpdateSupplier(v.Ctx, s, v.Person.ID), supplierFaults(), "/leverandoerer/"+s.ID+"?besked=gemt")
}

// date reads a date field; one that cannot be read is said there.
func (v *visit) date(f *page.Form, name string) time.Time {
	if f.Get(name) == "" {
		return time.Time{}
	}
	t, err := page.LocalDate(f.Get(name))
	if err != nil {
		f.Fail(name, v.T("form.date.bad"))
	}
	return t
}

func (p *Screens) confirmPaper(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(in.Get("udgave"))
	if err != nil {
		return fault.New(fault.NotFound, "supplier.paper", "version %q", in.Get("udgave"))
	}
	if err := p.Register.ConfirmPaper(v.Ctx, v.Person.Controller, v.supplier.ID, in.Get("slags"), n, v.Person.ID); err != nil {
		return err
	}
	return v.See("/leverandoerer/" + v.supplier.ID + "?besked=gemt#materiale")
}
