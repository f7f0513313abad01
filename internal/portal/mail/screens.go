// Package mail shows what was told to whom by e-mail, and whether the mail
// server took it.
//
// What it promises: what was not sent, and why, is as visible as what was. What
// it refuses: addresses and texts, which are not kept.
package mail

import (
	"cmp"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/reminder"
	"vidne.dk/vidne/internal/sheet"
)

// Screens are the pages of what was sent.
type Screens struct {
	*page.Site
	Reminders *reminder.Room
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
}

const (
	path = "/administration/mail"
	// shown is how far back the log is shown, as the outbox keeps its own.
	shown = 90 * 24 * time.Hour
)

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	return []page.Route{{Pattern: "GET " + path, Act: access.SeeMail, Menu: page.Admin, Front: "mail.title",
		Handle: func(v *page.Visit) error { return p.log(&visit{v, p}) }}}
}

// mailRow is one message with its words.
type mailRow struct {
	reminder.Told
	who, as, what string
}

func (p *Screens) log(v *visit) error {
	var all []mailRow
	if p.Reminders != nil {
		told, err := p.Reminders.Log(v.Ctx, v.Person.Controller, v.Now.Add(-shown))
		if err != nil {
			return err
		}
		processes := map[string]*casework.Process{}
		for _, t := range told {
			proc, ok := processes[t.CaseID]
			if !ok {
				if _, proc, err = p.Reminders.Cases.Get(v.Ctx, t.Controller, t.CaseID); err != nil && !fault.Is(err, fault.NotFound) {
					return err
				}
				processes[t.CaseID] = proc
			}
			all = append(all, v.row(t, proc))
		}
	}
	l := v.listing()
	if done, err := l.File(v.Visit, all); done {
		return err
	}
	return v.Show(200, v.logPage(all))
}

func (v *visit) row(t reminder.Told, p *casework.Process) mailRow {
	r := mailRow{Told: t, who: t.Name, as: t.Body}
	if t.Person == "" {
		r.who = v.T("mail.nobody")
	}
	lang := string(v.Lang)
	r.what = v.T("mail.kind." + t.Kind)
	if p == nil {
		return r
	}
	if b, ok := p.Body(t.Body); ok {
		r.as = b.Name.In(lang)
	}
	if s, ok := p.Step(t.Step); ok {
		r.what += ": " + s.Title.In(lang)
	}
	return r
}

func (v *visit) listing() page.Listing[mailRow] {
	at := func(r mailRow) string { return v.DateTime(r.At) }
	id := func(r mailRow) string { return r.CaseID }
	who := func(r mailRow) string { return r.who }
	as := func(r mailRow) string { return r.as }
	what := func(r mailRow) string { return r.what }
	state := func(r mailRow) string { return v.T("mail.state." + string(r.State)) }
	return page.Listing[mailRow]{Key: "mail", Path: path,
		// The newest stand first until something else is asked for.
		Order: func(a, b mailRow) int { return b.At.Compare(a.At) },
		Columns: []page.Column[mailRow]{
			{Name: "at", Text: at, Cell: func(r mailRow) sheet.Cell { return sheet.Moment(r.At) }, Compare: func(a, b mailRow) int { return a.At.Compare(b.At) }},
			{Name: "case", Text: id, Compare: page.ByText(id)},
			{Name: "what", Text: what, Compare: page.ByText(what)},
			{Name: "who", Text: who, Compare: page.ByText(who)},
			{Name: "as", Text: as, Compare: page.ByText(as), FileOnly: true},
			{Name: "state", Text: state, Compare: func(a, b mailRow) int {
				return cmp.Or(cmp.Compare(a.State, b.State), b.At.Compare(a.At))
			}},
			{Name: "done", Text: func(r mailRow) string { return v.DateTime(r.Done) }, Cell: func(r mailRow) sheet.Cell { return sheet.Moment(r.Done) }, FileOnly: true},
		},
		Filters: []page.Filter[mailRow]{
			{Name: "tilstand", Choices: v.choices("mail.state.", states()), Keep: func(r mailRow, s string) bool { return string(r.State) == s }},
			{Name: "slags", Choices: v.choices("mail.kind.", reminder.Kinds()), Keep: func(r mailRow, s string) bool { return r.Kind == s }},
		},
		Search: func(r mailRow) string { return r.CaseID + " " + r.who + " " + r.as + " " + r.what },
	}
}

func states() (out []string) {
	for _, s := range reminder.States() {
		out = append(out, string(s))
	}
	return out
}

func (v *visit) choices(prefix string, values []string) (out []fds.Choice) {
	for _, x := range values {
		out = append(out, fds.Choice{Value: x, Text: v.T(prefix + x)})
	}
	return out
}

func (v *visit) logPage(all []mailRow) *page.ListPage {
	list, rows := v.listing().Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		b := v.badge(r.State)
		note := ""
		if !r.Done.IsZero() {
			note = v.DateTime(r.Done)
		}
		if r.Why != "" {
			note = v.Or("mail.why."+r.Why, r.Why)
		}
		lines = append(lines, page.Line{ID: "m-" + r.ID, Cells: []page.Cell{{Text: v.DateTime(r.At)}, {Href: "/sager/" + r.CaseID, Text: r.CaseID}, {Text: r.what}, {Text: r.who, Quiet: r.as}, {Badge: &b, Quiet: note}}})
	}
	pg := v.NewListPage(v.T("mail.title"), v.T("mail.lead"), page.Admin, list, lines)
	bad := map[reminder.State]int{}
	for _, r := range all {
		bad[r.State]++
	}
	for _, s := range []reminder.State{reminder.StateOff, reminder.StateNobody, reminder.StateGivenUp} {
		if bad[s] > 0 {
			pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.N("mail.warn."+string(s), int64(bad[s])), Text: v.T("mail.warn." + string(s) + ".text")})
		}
	}
	return pg
}

func (v *visit) badge(s reminder.State) fds.Badge {
	tone := map[reminder.State]fds.Tone{reminder.StateSent: fds.Success, reminder.StateWaiting: fds.Info, reminder.StateGivenUp: fds.Error, reminder.StateNobody: fds.Warning, reminder.StateOff: fds.Warning}[s]
	return fds.Badge{Tone: tone, Text: v.T("mail.state." + string(s))}
}

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(rows func(*visit) []mailRow) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page { w := &visit{v, p}; return w.logPage(rows(w)) }
	}
	return []page.Story{
		{Name: "maillog", Who: access.IT, Path: path, Make: pose(func(v *visit) []mailRow { return v.sampleRows() })},
		{Name: "maillog-tom", Who: access.Coordinator, Path: path, Make: pose(func(*visit) []mailRow { return nil })},
		{Name: "maillog-filter-tom", Who: access.IT, Path: path + "?q=findes+ikke", Make: pose(func(v *visit) []mailRow { return v.sampleRows() })},
	}
}

func (v *visit) sampleRows() (out []mailRow) {
	for i, x := range []struct {
		kind, who, as, what string
		state               reminder.State
		why                 string
	}{
		{"turn", "Karen Holm", "Risikostyringskoordinator", "Er der grundlag for overvågning?", reminder.StateWaiting, ""},
		{"escalate", "Jonas Lund", "IT og Digitalisering", "Databeskyttelsesrådgiverens bemærkninger", reminder.StateSent, ""},
		{"late", "Mette Bro", "Databeskyttelsesrådgiver", "Databeskyttelsesrådgiverens bemærkninger", reminder.StateGivenUp, "notify.refused"},
		{"turn", "", "Stedets ledelse", "Information og drøftelse i MED-udvalget", reminder.StateNobody, ""},
		{"news", "Birthe Kjær", "Ansøger", "", reminder.StateSent, ""},
	} {
		t := reminder.Told{ID: string(rune('a' + i)), CaseID: "2026-014", Kind: x.kind, Person: x.who, Name: x.who, Body: x.as, At: v.Now.Add(-time.Duration(7*i) * time.Hour), State: x.state, Why: x.why}
		if x.state == reminder.StateSent {
			t.Done = t.At.Add(3 * time.Second)
		}
		r := v.row(t, nil)
		if x.what != "" {
			r.what += ": " + x.what
		}
		out = append(out, r)
	}
	return out
}
