// Package letter is where letters of Datatilsynet, the police and other
// authorities are written down, answered and closed (L § 4 e, D 1).
//
// What it promises: those whose day has passed stand first; each says who
// answers it and when; the letter, the answer and its receipt can be fetched as
// they are.
//
// What it refuses: to close a letter without a word, and to show one of another
// controller.
package letter

import (
	"slices"
	"strconv"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	room "vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/portal/attach"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of letters.
type Screens struct {
	*page.Site
	Room      *room.Room
	Documents *document.Room
}

// found is what an address names.
type found struct {
	letter room.Letter
	places []register.Location // of the controller
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
	found
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p, page.Found[found](v)}) }
}

const path = "/breve"

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	if p.Documents == nil {
		return nil
	}
	const one = path + "/{brev}"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Oversight}
	}
	files := func(r page.Route) page.Route {
		r.MaxBody = page.UploadSize
		return r
	}
	return []page.Route{
		at("GET "+path, access.SeeLetters, nil, p.list),
		at("GET "+path+"/nyt", access.EditLetter, nil, p.receive),
		files(at("POST "+path+"/nyt", access.EditLetter, nil, p.received)),
		at("GET "+one, access.SeeLetters, p.of, p.one),
		at("GET "+one+"/fil/{nr}", access.SeeLetters, p.of, p.file),
		at("GET "+one+"/svar", access.EditLetter, p.of, p.reply),
		files(at("POST "+one+"/svar", access.EditLetter, p.of, p.replied)),
		at("GET "+one+"/kvittering/{nr}", access.EditLetter, p.of, p.prove),
		files(at("POST "+one+"/kvittering/{nr}", access.EditLetter, p.of, p.proved)),
		at("GET "+one+"/frist", access.EditLetter, p.of, p.move),
		at("POST "+one+"/frist", access.EditLetter, p.of, p.moved),
		at("GET "+one+"/hvem", access.EditLetter, p.of, p.hand),
		at("POST "+one+"/hvem", access.EditLetter, p.of, p.handed),
		at("GET "+one+"/luk", access.EditLetter, p.of, p.end),
		at("POST "+one+"/luk", access.EditLetter, p.of, p.ended),
	}
}

// of is the letter that the address names.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	l, err := p.Room.Get(v.Ctx, v.Person.Controller, v.R.PathValue("brev"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{letter: l}
	if f.places, err = p.Register.Locations(v.Ctx, l.Controller); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: l.Controller, Reference: l.Number}, nil
}

func (v *visit) who() room.Who {
	return room.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) here() string { return path + "/" + v.letter.ID }

func (v *visit) crumbs() []fds.Link {
	all := []fds.Link{{Href: path, Text: v.T("letters.title")}}
	if v.letter.ID != "" {
		all = append(all, fds.Link{Href: v.here(), Text: v.letter.Number})
	}
	return all
}

// sender is who wrote a letter.
func (v *visit) sender(l room.Letter) string {
	switch {
	case l.From == room.Other:
		return l.Sender
	case l.Sender != "":
		return v.T("letter.from."+string(l.From)) + ", " + l.Sender
	}
	return v.T("letter.from." + string(l.From))
}

func (v *visit) badge(l room.Letter) *fds.Badge {
	s := l.State()
	tone := map[room.State]fds.Tone{room.Waiting: fds.Warning, room.Partly: fds.Warning, room.Noted: fds.Info, room.Answered: fds.Success}[s]
	key := "letter.state." + string(s)
	if l.Late(v.Now) {
		tone, key = fds.Error, "letter.state.late"
	}
	return &fds.Badge{Tone: tone, Text: v.T(key)}
}

// where names what a letter is about.
func (v *visit) where(l room.Letter) []string {
	if len(l.Locations) == 0 {
		return []string{v.T("letter.everywhere")}
	}
	var out []string
	for _, id := range l.Locations {
		if i := slices.IndexFunc(v.places, func(p register.Location) bool { return p.ID == id }); i >= 0 {
			id = v.places[i].Name
		}
		out = append(out, id)
	}
	return out
}

// file sends one of the letter's files: 0 is the letter, and then each answer
// and its receipt.
func (p *Screens) file(v *visit) error {
	n, err := strconv.Atoi(v.R.PathValue("nr"))
	all := v.files()
	if err != nil || n < 0 || n >= len(all) || all[n] == "" {
		return fault.New(fault.NotFound, "document.unknown", "no file %.10q of %s", v.R.PathValue("nr"), v.letter.Number)
	}
	return attach.Send(v.Visit, p.Documents, all[n])
}

func (v *visit) files() []string {
	all := []string{v.letter.Document}
	for _, a := range v.letter.Answers {
		all = append(all, a.Document, a.Receipt)
	}
	return all
}

func (p *Screens) one(v *visit) error {
	pg := v.onePage(v.May(access.EditLetter, access.Object{}))
	happened, err := v.Happened(v.letter.ID, 20, "letter.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(200, pg)
}

func (v *visit) onePage(edit bool) *page.Record {
	l := v.letter
	pg := v.NewRecord(l.Number, v.T("letter.lead", v.sender(l), l.Subject), v.crumbs()[:1]...)
	v.Said(&pg.Shell)
	pg.Badge = v.badge(l)
	if edit && l.Closed.IsZero() {
		add := func(to, key string) {
			pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/" + to, Text: v.T(key)})
		}
		if !l.Waits() {
			add("luk", "letter.close")
		}
		add("svar", "letter.reply")
		add("frist", "letter.move")
		add("hvem", "letter.hand")
		if l.Waits() {
			add("luk", "letter.close")
		}
	}
	pg.Add(page.Section{ID: "nu", Heading: v.T("letter.now"), Alert: v.now(), Live: true})
	facts := &fds.StructuredList{Caption: v.T("letter.what")}
	row := func(key, text string, more ...string) {
		if text != "" {
			facts.Rows = append(facts.Rows, fds.Row{Term: v.T("letter.field." + key), Text: text, More: more})
		}
	}
	row("from", v.sender(l))
	row("reference", l.Reference)
	row("dated", v.Date(l.Dated), v.T("letter.received", v.Date(l.Received), l.By))
	row("asks", l.Asks)
	if !l.Due.IsZero() {
		var moves []string
		for _, m := range l.Moves {
			moves = append(moves, v.T("letter.moved", v.Date(m.Due), m.Why, m.Name))
		}
		row("due", v.Date(l.Due), moves...)
	}
	where := v.where(l)
	row("where", where[0], where[1:]...)
	row("answerer", l.AnswererName)
	facts.Rows = append(facts.Rows, fds.Row{Term: v.T("letter.field.file"), Link: &fds.Link{Href: v.here() + "/fil/0", Text: v.T("letter.copy")}})
	pg.Add(page.Section{ID: "brevet", Heading: v.T("letter.what"), List: facts})
	s := page.Section{ID: "svar", Heading: v.T("letter.answers"), Empty: v.T("letter.answers.none")}
	if len(l.Answers) > 0 {
		s.Grid = page.NewGrid(s.Heading, v.T("letter.column.sent"), v.T("letter.column.how"), v.T("letter.column.answer"), v.T("letter.column.receipt"), v.T("letter.column.who"))
		for i, a := range l.Answers {
			s.Grid.Add(v.answer(i, a, edit)...)
		}
	}
	pg.Add(s)
	return pg
}

func (v *visit) answer(i int, a room.Answer, edit bool) []page.Cell {
	kind := v.T("letter.answer.whole")
	if a.Part {
		kind = v.T("letter.answer.part")
	}
	receipt := page.Cell{Badge: &fds.Badge{Tone: fds.Warning, Text: v.T("letter.receipt.none")}}
	switch {
	case a.Receipt != "":
		receipt = page.Cell{Href: v.here() + "/fil/" + strconv.Itoa(2*i+2), Text: v.T("letter.receipt")}
	case edit && v.letter.Closed.IsZero():
		receipt.Href, receipt.Text = v.here()+"/kvittering/"+strconv.Itoa(i), v.T("letter.receipt.add")
	}
	return []page.Cell{{Text: v.Date(a.Sent)}, {Text: a.How, Quiet: a.Note}, {Href: v.here() + "/fil/" + strconv.Itoa(2*i+1), Text: kind}, receipt, {Text: a.Name, Quiet: v.Date(a.At)}}
}

// now says what is to be done, and how long there is.
func (v *visit) now() *fds.Alert {
	l := v.letter
	say := func(tone fds.Tone, key string, args ...any) *fds.Alert {
		return &fds.Alert{Tone: tone, Heading: v.T("letter.now." + key), Text: v.T("letter.now."+key+".text", args...)}
	}
	switch {
	case !l.Closed.IsZero():
		return say(fds.Success, "closed", v.DateTime(l.Closed), l.ClosedBy, l.Outcome)
	case l.Late(v.Now):
		return say(fds.Error, "late", v.Date(l.Due), l.AnswererName)
	case l.Waits():
		tone := fds.Info
		if l.Due.Sub(v.Now) < pressing {
			tone = fds.Warning
		}
		return say(tone, string(l.State()), v.Date(l.Due), l.AnswererName)
	case l.Unproved() > 0:
		return say(fds.Warning, "unproved")
	case l.State() == room.Noted:
		return say(fds.Info, "noted")
	}
	return say(fds.Success, "answered")
}

// answerers are those who can be asked to answer.
func (p *Screens) answerers(v *visit) ([]identity.Person, error) {
	all, err := p.People.People(v.Ctx, v.Person.Controller)
	return slices.DeleteFunc(all, func(x identity.Person) bool { return !room.Answers(x) }), err
}
