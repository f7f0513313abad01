package portal

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/calendar"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// contactPart is where a person is written to, and the secret address that
// their own calendar reads.
type contactPart struct {
	Form   *page.Form
	Save   fds.Button
	Secret *fds.Alert // the address was just made and is shown this once
	Feed   string
	Made   string
	Make   fds.Button
	End    fds.Button
}

func (v *visit) emailForm() *page.Form {
	return v.NewForm("contact").Add(fds.Field{Name: "email", Type: "text", MaxLength: 254, Optional: true, Autocomplete: "email"})
}

func (v *visit) contact(f *page.Form, made time.Time, secret string) contactPart {
	c := contactPart{Form: f, Save: fds.Button{Kind: "secondary", Text: v.T("contact.save")}, Make: fds.Button{Kind: "secondary", Text: v.T("contact.calendar.make")},
		End: fds.Button{Kind: "tertiary", Text: v.T("contact.calendar.end"), Icon: "delete"}}
	if !made.IsZero() {
		c.Made = v.T("contact.calendar.made", v.DateTime(made))
		c.Make.Text = v.T("contact.calendar.again")
	}
	if secret != "" {
		c.Feed = strings.TrimRight(v.p.BaseURL, "/") + "/kalender/" + secret + feedEnding
		c.Secret = &fds.Alert{Tone: fds.Info, Heading: v.T("contact.calendar.new"), Text: v.T("contact.calendar.new.text")}
	}
	return c
}

func (p *Portal) setEmail(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.emailForm().Fill(in).Check()
	if f.OK() {
		err := p.People.SetEmail(v.Ctx, v.Person.ID, f.Get("email"), v.Person.ID)
		switch {
		case fault.Is(err, fault.Invalid):
			f.FailWith("email", err)
		case err != nil:
			return err
		}
	}
	if !f.OK() {
		return p.showAccount(v, http.StatusUnprocessableEntity, f, "")
	}
	return v.See("/min-konto?besked=mail-gemt")
}

// makeFeed makes the address and shows it: it is the one time that it is known.
func (p *Portal) makeFeed(v *visit) error {
	secret, err := p.People.MakeFeed(v.Ctx, v.Person.ID)
	if err != nil {
		return err
	}
	return p.showAccount(v, http.StatusOK, nil, secret)
}

func (p *Portal) endFeed(v *visit) error {
	if err := p.People.EndFeed(v.Ctx, v.Person.ID); err != nil {
		return err
	}
	return v.See("/min-konto?besked=kalender-slettet")
}

const feedEnding = ".ics"

// feed is a person's deadlines for their own calendar, which has no session:
// the secret in the address is all that it shows. It holds the cases' numbers,
// the names of the steps and dates, as the mails do.
func (p *Portal) feed(v *visit) error {
	if !p.feeds.let(v.Addr()) {
		v.W.Header().Set("Retry-After", "60")
		http.Error(v.W, v.T("calendar.often"), http.StatusTooManyRequests)
		return nil
	}
	secret, ok := strings.CutSuffix(v.R.PathValue("fil"), feedEnding)
	if !ok {
		secret = ""
	}
	person, err := p.People.FeedOwner(v.Ctx, secret)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			p.feeds.failed(v.Addr())
		}
		return err
	}
	v.Words = p.In(page.LangOf(person.Language))
	if err := v.Subscribed(person); err != nil {
		return err
	}
	var events []calendar.Event
	if p.cases != nil && mayHaveCases(person.ID, person.Controller, person.Roles) {
		if events, err = p.deadlines(v, person.ID, person.Controller); err != nil {
			return err
		}
	}
	year, err := p.yearEvents(v, person)
	if err != nil {
		return err
	}
	events = append(events, year...)
	data, err := calendar.Encode(v.T("calendar.name"), v.Now, events)
	if err != nil {
		return err
	}
	return v.Send("text/calendar; charset=utf-8", data)
}

// mayHaveCases says whether somebody who is not logged in could see cases if
// they were: an account that lost its role gets an empty calendar.
func mayHaveCases(id, controller string, roles []string) bool {
	a := access.Person{ID: id, Controller: controller}
	for _, r := range roles {
		a.Roles = append(a.Roles, access.Role(r))
	}
	return access.May(a, access.SeeCases, access.Object{Controller: controller}).OK
}

// deadlines are those of the running cases that a person has part in, or that
// wait for them.
func (p *Portal) deadlines(v *visit, person, controller string) (events []calendar.Event, err error) {
	rows, err := p.partIn(v, person, controller)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		c, proc, err := p.cases.Get(v.Ctx, controller, row.ID)
		if err != nil {
			return nil, err
		}
		link := strings.TrimRight(p.BaseURL, "/") + "/sager/" + c.ID
		for _, t := range proc.Ball(c, v.Now) {
			s, ok := proc.Step(t.Step)
			if !ok || t.Due.IsZero() {
				continue
			}
			events = append(events, calendar.Event{ID: controller + "-" + c.ID + "-" + t.Step, Title: v.T("calendar.step", c.ID, s.Title.In(string(v.Lang))), Text: v.T("calendar.step.text"),
				URL: link, At: t.Due.In(page.Zone()), AllDay: true, Changed: t.Since, Warn: 24 * time.Hour})
		}
		if !c.ValidTo.IsZero() {
			events = append(events, calendar.Event{ID: controller + "-" + c.ID + "-end", Title: v.T("calendar.end", c.ID), Text: v.T("calendar.end.text"),
				URL: link, At: c.ValidTo.In(page.Zone()), AllDay: true, Changed: c.Decided, Warn: 30 * 24 * time.Hour})
		}
	}
	return events, nil
}

// mostCases bounds what one person's page or calendar is made from.
const mostCases = 200

// partIn lists the running cases that wait for a person or that they have had
// part in, each once, those that wait first.
func (p *Portal) partIn(v *visit, person, controller string) (out []dossier.Row, err error) {
	running := []casework.Status{casework.Open, casework.Established}
	seen := map[string]bool{}
	for _, q := range []dossier.Query{{Mine: person}, {Person: person}} {
		q.Controller, q.Status, q.Sort, q.Limit = controller, running, "due", mostCases
		rows, _, err := p.cases.List(v.Ctx, q)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if !seen[r.ID] {
				seen[r.ID] = true
				out = append(out, r)
			}
		}
	}
	return out, nil
}

const (
	// wrongFree is how many wrong addresses one machine may ask for in wrongSpan.
	wrongFree = 20
	wrongSpan = time.Minute
	// wrongKept bounds how many machines are remembered.
	wrongKept = 10_000
)

// limiter slows whoever guesses at secret addresses, by where they come from.
// A secret of 256 bits is not guessed; this keeps the trying cheap for us.
type limiter struct {
	clock clock.Clock
	mu    sync.Mutex
	wrong map[netip.Addr][]time.Time
}

func newLimiter(c clock.Clock) *limiter {
	return &limiter{clock: c, wrong: map[netip.Addr][]time.Time{}}
}

// let says whether an address may try now.
func (l *limiter) let(a netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.recent(a)) < wrongFree
}

func (l *limiter) recent(a netip.Addr) []time.Time {
	list := l.wrong[a]
	for len(list) > 0 && l.clock.Now().Sub(list[0]) >= wrongSpan {
		list = list[1:]
	}
	if len(list) == 0 {
		delete(l.wrong, a)
		return nil
	}
	l.wrong[a] = list
	return list
}

// failed notes a wrong address.
func (l *limiter) failed(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.wrong) >= wrongKept {
		l.wrong = map[netip.Addr][]time.Time{} // forgetting all is safe: the secret does not rest on it
	}
	l.wrong[a] = append(l.recent(a), l.clock.Now())
}
