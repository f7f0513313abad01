package portal

import (
	"context"
	"errors"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	year "vidne.dk/vidne/internal/agenda"
	"vidne.dk/vidne/internal/calendar"
	"vidne.dk/vidne/internal/deletion"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/portal/agenda"
	statements "vidne.dk/vidne/internal/portal/deletion"
	guidelines "vidne.dk/vidne/internal/portal/guideline"
	letters "vidne.dk/vidne/internal/portal/letter"
	"vidne.dk/vidne/internal/portal/page"
)

// office is what is kept of the controller's own papers: the guideline with its
// reviews, and what authorities write. Without documents there is none.
type office struct {
	guideline *guideline.Room
	letters   *letter.Room
}

func openOffice(ctx context.Context, c Config) (o office, err error) {
	if c.Documents == nil {
		return o, nil
	}
	if o.guideline, err = guideline.Open(ctx, guideline.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Register: c.Register, People: c.People, Documents: c.Documents, Law: c.Law, Mail: c.Letters}); err != nil {
		return o, err
	}
	o.letters, err = letter.Open(ctx, letter.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Register: c.Register, People: c.People, Documents: c.Documents, Mail: c.Letters})
	return o, err
}

// screens are the pages of the office.
func (p *Portal) officeScreens(c Config) []Area {
	p.agenda = year.Of(year.Rooms{Clock: c.Clock, Register: c.Register, Issuer: c.Issuer, Rights: c.Rights, Holds: p.holds, Requests: p.requests, Review: p.review, Notices: p.notices,
		Cases: c.Cases, Guideline: p.office.guideline, Letters: p.office.letters, Sharing: p.sharing, Staff: p.staff, Breaches: p.breaches, Deletion: p.deletions})
	return []Area{&statements.Screens{Site: p.Site, Room: p.deletions}, &agenda.Screens{Site: p.Site, Room: p.agenda}, &guidelines.Screens{Site: p.Site, Room: p.office.guideline, Documents: c.Documents}, &letters.Screens{Site: p.Site, Room: p.office.letters, Documents: c.Documents}}
}

// Deletions is the room of the monthly deletion statements that the portal shows.
func (p *Portal) Deletions() *deletion.Room { return p.deletions }

// Guideline is the room of the guideline that the portal shows; nil without
// documents.
func (p *Portal) Guideline() *guideline.Room { return p.office.guideline }

// Letters is the room of authorities' letters that the portal shows; nil without
// documents.
func (p *Portal) Letters() *letter.Room { return p.office.letters }

// TickOffice states the deletion of months that are over, begins reviews of the
// guideline that time or the law begins, and tells of what is due in the office.
func (p *Portal) TickOffice(ctx context.Context) error {
	err := p.deletions.Tick(ctx)
	if p.office.guideline == nil {
		return err
	}
	return errors.Join(err, p.office.guideline.Tick(ctx), p.office.letters.Tick(ctx))
}

// yearEvents are what falls due through the year, for a person's own calendar:
// what they would see of it if they were logged in.
func (p *Portal) yearEvents(v *visit, a identity.Person) ([]calendar.Event, error) {
	person, err := p.PersonOf(v.Ctx, a)
	if err != nil {
		return nil, err
	}
	may := func(act access.Act, o access.Object) bool {
		o.Controller = a.Controller
		return access.May(person, act, o).OK
	}
	if !may(access.SeeRegister, access.Object{}) || len(person.Roles) == 0 {
		return nil, nil
	}
	from, to := agenda.Span(v.Now)
	all, err := p.agenda.Due(v.Ctx, a.Controller, from, to)
	if err != nil {
		return nil, err
	}
	var out []calendar.Event
	for _, i := range agenda.Shown(all, may, nil) {
		if i.Area == year.Cases || i.Area == year.Access {
			continue // those of one's own are there already; rights name people
		}
		out = append(out, calendar.Event{ID: "year-" + a.Controller + "-" + i.ID, Title: agenda.Title(v.Words, i), Text: v.T("calendar.agenda.text"), URL: strings.TrimRight(p.BaseURL, "/") + i.Href,
			At: i.At.In(page.Zone()), AllDay: true, Warn: 24 * time.Hour})
	}
	return out, nil
}

// officeWork is what the office wants of a person.
type officeWork struct {
	review  *guideline.Review // that waits for their answer
	letters []letter.Letter   // that wait for an answer
}

func (p *Portal) officeWork(v *visit) (w officeWork, err error) {
	if p.office.guideline == nil {
		return w, nil
	}
	if v.May(access.SeeRegister, access.Object{}) {
		x, ok, err := p.office.guideline.Waiting(v.Ctx, v.Person.Controller, v.Person.ID)
		if err != nil {
			return w, err
		}
		if ok {
			w.review = &x
		}
	}
	if v.May(access.SeeLetters, access.Object{}) {
		w.letters, err = p.office.letters.Open(v.Ctx, v.Person.Controller)
	}
	return w, err
}

// officeTasks are the tasks of the front page that come of the office: a letter
// is a task of whoever answers it, and of everybody who sees letters once its
// day has passed.
func (v *visit) officeTasks(w officeWork) (tasks []task) {
	const near = 7 * 24 * time.Hour
	if x := w.review; x != nil {
		t := task{Icon: "person", Tone: fds.Info, rank: 30, Title: v.T("home.guideline", x.Number), Text: v.T("home.guideline.text", v.Date(x.Due)),
			Link: fds.Link{Href: "/retningslinje/gennemgang/" + x.ID, Text: v.T("home.guideline.link", x.Number)}}
		if x.Due.Sub(v.Now) < near {
			t.Tone, t.rank, t.Icon = fds.Warning, 15, "warning"
		}
		tasks = append(tasks, t)
	}
	for _, l := range w.letters {
		if !l.Waits() || l.Answerer != v.Person.ID && !l.Late(v.Now) {
			continue
		}
		t := task{Icon: "person", Tone: fds.Info, rank: 20, Title: v.T("home.letter", l.Number), Text: v.T("home.letter.text", l.Subject, v.Date(l.Due)), Link: fds.Link{Href: "/breve/" + l.ID, Text: v.T("home.letter.link", l.Number)}}
		switch {
		case l.Late(v.Now):
			t.Title, t.Tone, t.rank, t.Icon = v.T("home.letter.late", l.Number), fds.Error, 1, "error"
		case l.Due.Sub(v.Now) < near:
			t.Tone, t.rank, t.Icon = fds.Warning, 5, "warning"
		}
		tasks = append(tasks, t)
	}
	return tasks
}
