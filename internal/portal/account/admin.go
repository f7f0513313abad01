package account

import (
	"net/http"
	"slices"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

// row is one account with what it logs in with.
type row struct {
	identity.Person
	identity.Factors
}

func (p *Screens) accounts(v *visit) error {
	people, err := p.People.People(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	var all []row
	for _, x := range people {
		if x.Closed {
			continue
		}
		f, err := p.People.Factors(v.Ctx, x.ID)
		if err != nil {
			return err
		}
		all = append(all, row{x, f})
	}
	l := v.listing()
	if done, err := l.File(v.Visit, all); done {
		return err
	}
	demands, err := p.People.Demands(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	asked, err := p.People.Resets(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	pg := v.accountsPage(all, demands, asked)
	v.Said(&pg.Shell)
	return v.Show(http.StatusOK, pg)
}

func (v *visit) has(r row) string {
	switch {
	case r.Source != "" && !r.Any():
		return v.T("accounts.has.elsewhere")
	case len(r.Passkeys) > 0 && !r.Code.IsZero():
		return v.T("accounts.has.both")
	case len(r.Passkeys) > 0:
		return v.T("accounts.has.key")
	case !r.Code.IsZero():
		return v.T("accounts.has.app")
	case r.Demanded:
		return v.T("accounts.has.due")
	}
	return v.T("accounts.has.none")
}

func (v *visit) listing() page.Listing[row] {
	name := func(r row) string { return r.Name }
	login := func(r row) string { return r.Login }
	return page.Listing[row]{Key: "accounts", Path: accountsPath,
		Columns: []page.Column[row]{
			{Name: "name", Text: name, Compare: page.ByText(name)},
			{Name: "login", Text: login, Compare: page.ByText(login)},
			{Name: "has", Text: v.has, Compare: page.ByText(v.has)},
		},
		Search: func(r row) string { return r.Name + " " + r.Login },
	}
}

// accountsPage lists how a controller's people log in.
type accountsPage struct {
	page.Shell
	Tabs    fds.Tabs
	List    page.List
	Grid    page.Grid
	Demand  string
	Change  page.ActForm
	Waiting []waiting
}

// waiting is a request that waits for its second person.
type waiting struct {
	Text   string
	Reason string
	Grant  *page.ActForm // nil: it is not for this person to answer
	Refuse *page.ActForm
	Why    string
}

func (v *visit) accountsPage(all []row, demands bool, asked []identity.Reset) *accountsPage {
	list, rows := v.listing().Show(v.Visit, all)
	pg := &accountsPage{Shell: v.NewShell("accounts", v.T("accounts.title")), Tabs: v.Fronts(page.Admin), List: list}
	var lines []page.Line
	for _, r := range rows {
		has := page.Cell{Text: v.has(r)}
		if r.Any() && r.Recovery <= identity.FewRecovery {
			has.Quiet = v.N("accounts.codes", int64(r.Recovery))
		}
		lines = append(lines, page.Line{ID: "k-" + r.ID, Cells: []page.Cell{{Href: onePath(r.ID), Text: r.Name}, {Text: r.Login}, has}})
	}
	pg.Grid = page.Grid{Table: list.Table, Lines: lines}
	pg.Change = page.ActForm{Action: accountsPath + "/krav", Button: fds.Button{Kind: "secondary", Text: v.T("accounts.demand.make")}, Hidden: []fds.Choice{{Text: "krav", Value: "ja"}}}
	pg.Demand = v.T("accounts.demand.off")
	if demands {
		pg.Demand = v.T("accounts.demand.on")
		pg.Change.Button.Text, pg.Change.Hidden = v.T("accounts.demand.end"), []fds.Choice{{Text: "krav", Value: "nej"}}
	}
	for _, r := range asked {
		i := slices.IndexFunc(all, func(x row) bool { return x.ID == r.Account })
		j := slices.IndexFunc(all, func(x row) bool { return x.ID == r.Asker })
		if i < 0 {
			continue
		}
		asker := r.Asker
		if j >= 0 {
			asker = all[j].Name
		}
		w := waiting{Text: v.T("accounts.waiting", asker, all[i].Name, v.When(r.Asked, v.Now)), Reason: r.Reason}
		if v.Person.ID == r.Asker || v.Person.ID == r.Account {
			w.Why = v.T("accounts.waiting.another")
		} else {
			answer := func(value, key, kind string) *page.ActForm {
				return &page.ActForm{Action: accountsPath + "/anmodning/" + r.ID, Button: fds.Button{Kind: kind, Text: v.T(key)}, Hidden: []fds.Choice{{Text: "svar", Value: value}}}
			}
			w.Grant, w.Refuse = answer("ja", "accounts.grant", "warning"), answer("nej", "accounts.refuse", "secondary")
		}
		pg.Waiting = append(pg.Waiting, w)
	}
	return pg
}

func (p *Screens) demand(v *visit) error {
	want := v.R.PostFormValue("krav")
	if want != "ja" && want != "nej" { // an answer that says nothing takes no demand off
		return fault.New(fault.Invalid, "form.unreadable", "a demand of %.40q", want)
	}
	on := want == "ja"
	if err := p.People.Demand(v.Ctx, v.Person.Controller, on, v.Person.ID); err != nil {
		return err
	}
	if on {
		return v.See(accountsPath + "?besked=krav-til")
	}
	return v.See(accountsPath + "?besked=krav-fra")
}

func onePath(id string) string { return accountsPath + "/konto/" + id }

// person is the account of the address, of the same controller.
func (p *Screens) person(v *visit) (identity.Person, error) {
	x, err := p.People.Person(v.Ctx, v.R.PathValue("konto"))
	if err == nil && (x.Controller != v.Person.Controller || x.Closed) {
		err = fault.New(fault.NotFound, "account.unknown", "no open account %s of %s", x.ID, v.Person.Controller)
	}
	return x, err
}

func (v *visit) oneCrumbs(who identity.Person) []fds.Link {
	return []fds.Link{{Href: accountsPath, Text: v.T("accounts.title")}, {Href: onePath(who.ID), Text: who.Name}}
}

func (v *visit) resetPage(who identity.Person) *page.Grave {
	return v.NewGrave("reset", v.oneCrumbs(who), who.Name)
}

func (p *Screens) reset(v *visit) error {
	who, err := p.person(v)
	if err != nil {
		return err
	}
	return v.ShowGrave(v.resetPage(who))
}

func (p *Screens) resetAsked(v *visit) error {
	who, err := p.person(v)
	if err != nil {
		return err
	}
	g := v.resetPage(who)
	reason, done, err := v.Reason(g)
	if done || err != nil {
		return err
	}
	if _, err := p.People.AskReset(v.Ctx, who.ID, v.Person.ID, reason); err != nil {
		return err
	}
	return v.See(accountsPath + "?besked=nulstilling-bedt")
}

func (p *Screens) resetAnswered(v *visit) error {
	asked, err := p.People.Resets(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	id := v.R.PathValue("anmodning")
	i := slices.IndexFunc(asked, func(r identity.Reset) bool { return r.ID == id })
	if i < 0 {
		return fault.New(fault.NotFound, "reset.unknown", "no request %s waits", id)
	}
	grant := v.R.PostFormValue("svar") == "ja"
	if err := p.People.AnswerReset(v.Ctx, id, v.Person.ID, grant); err != nil {
		return err
	}
	if grant {
		return v.See(accountsPath + "?besked=nulstillet")
	}
	return v.See(accountsPath + "?besked=nulstilling-afvist")
}
