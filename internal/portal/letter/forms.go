package letter

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	room "vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/portal/attach"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// Kinds of documents.
const (
	letterKind  = "authority-letter"
	answerKind  = "authority-answer"
	receiptKind = "authority-receipt"
)

// fields say at which field a fault of the room is told.
func fields() map[string]string {
	return map[string]string{"letter.from": "fra", "letter.sender": "afsender", "letter.received": "modtaget", "letter.due": "frist", "letter.document": "fil", "letter.reference": "reference",
		"letter.subject": "emne", "letter.asks": "beder", "letter.answerer": "svarer", "letter.move": "begrundelse", "letter.sent": "sendt", "letter.how": "hvordan", "letter.answer": "fil",
		"letter.note": "note", "letter.proof": "kvittering", "letter.outcome": "udfald"}
}

func (v *visit) answererField(f *page.Form, people []identity.Person) *page.Form {
	choices := []fds.Choice{{Text: v.T("letternew.svarer.choose")}}
	for _, p := range people {
		choices = append(choices, fds.Choice{Value: p.ID, Text: p.Name})
	}
	return f.Select("svarer", choices...)
}

func (v *visit) receivePage(people []identity.Person, places []register.Location, in url.Values) *page.FormPage {
	var from, where []fds.Choice
	for _, a := range room.Authorities() {
		from = append(from, fds.Choice{Value: string(a), Text: v.T("letter.from." + string(a))})
	}
	for _, l := range places {
		if l.Shut.IsZero() {
			where = append(where, fds.Choice{Value: l.ID, Text: l.Name})
		}
	}
	f := v.NewForm("letternew").Radio("fra", from...).Text("afsender", room.LongLine, true).Text("reference", room.LongLine, true).Date("dateret", false).Date("modtaget", false).
		Text("emne", room.LongLine, false).Area("beder", room.LongText, 6, false).Date("frist", true)
	v.answererField(f, people)
	if len(where) > 0 {
		f.Checks("steder", where...)
	}
	pg := v.NewFormPage(f.Add(attach.Field("fil", false)).Fill(in), v.crumbs())
	pg.Files = true
	return pg
}

func (p *Screens) receive(v *visit) error {
	people, places, err := p.around(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.receivePage(people, places, url.Values{"fra": {string(room.Datatilsynet)}, "modtaget": {page.FormDate(v.Now)}, "svarer": {v.Person.ID}}))
}

func (p *Screens) around(v *visit) (people []identity.Person, places []register.Location, err error) {
	if people, err = p.answerers(v); err != nil {
		return nil, nil, err
	}
	places, err = p.Register.Locations(v.Ctx, v.Person.Controller)
	return people, places, err
}

func (p *Screens) received(v *visit) error {
	people, places, err := p.around(v)
	if err != nil {
		return err
	}
	t, err := attach.Take(v.Visit, p.Documents, map[string]string{"fil": letterKind})
	if err != nil {
		return err
	}
	pg := v.receivePage(people, places, t.Fields)
	f := pg.Form.Check()
	t.Say(f, "letternew.fil.missing", "fil")
	in := room.Intake{From: room.Authority(f.Get("fra")), Sender: f.Get("afsender"), Reference: f.Get("reference"), Dated: v.day(f, "dateret"), Received: v.day(f, "modtaget"), Subject: f.Get("emne"),
		Asks: f.Get("beder"), Due: v.day(f, "frist"), Locations: f.All("steder"), Document: t.Get("fil"), Answerer: f.Get("svarer")}
	return v.after(pg, t, func() (string, error) {
		l, err := p.Room.Receive(v.Ctx, in, v.who())
		return path + "/" + l.ID + "?besked=brev-modtaget", err
	})
}

// after does what a form asks for, and leads on; what the room refuses is said
// at its field, and the files that came are not kept.
func (v *visit) after(pg *page.FormPage, t attach.Taken, do func() (string, error)) error {
	var err error
	if pg.Form.OK() {
		var to string
		if to, err = do(); err == nil {
			return v.See(to)
		}
	}
	if e := t.Drop(); e != nil {
		return e
	}
	if err != nil {
		field := fields()[fault.Key(err)]
		if field == "" || pg.Form.Field(field).Name == "" && pg.Form.Group(field).Name == "" {
			return err
		}
		pg.Form.FailWith(field, err)
	}
	return v.ShowForm(pg)
}

// posted is [visit.after] of a form without files.
func (v *visit) posted(make func(url.Values) *page.FormPage, note string, do func(*page.Form) error) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := make(in)
	f := pg.Form.Check()
	return v.after(pg, attach.Taken{}, func() (string, error) { return v.here() + "?besked=" + note, do(f) })
}

func (v *visit) day(f *page.Form, field string) time.Time {
	at, err := page.LocalDate(f.Get(field))
	if err != nil && f.Get(field) != "" {
		f.Fail(field, v.T("guideline.date"))
	}
	return at
}

// open leads away from a letter that is closed.
func (v *visit) open(show func() error) error {
	if !v.letter.Closed.IsZero() {
		return v.See(v.here())
	}
	return show()
}

func (v *visit) replyPage(in url.Values) *page.FormPage {
	f := v.NewForm("letterreply").Date("sendt", false).Text("hvordan", room.LongLine, false).Add(attach.Field("fil", false)).Add(attach.Field("kvittering", true)).
		Radio("hel", fds.Choice{Value: "whole", Text: v.T("letterreply.whole")}, fds.Choice{Value: "part", Text: v.T("letterreply.part")}).Area("note", room.LongText, 3, true)
	pg := v.NewFormPage(f.Fill(in), v.crumbs(), v.letter.Number)
	pg.Files = true
	return pg
}

func (p *Screens) reply(v *visit) error {
	return v.open(func() error {
		return v.ShowForm(v.replyPage(url.Values{"sendt": {page.FormDate(v.Now)}, "hvordan": {v.T("letterreply.hvordan.usual")}, "hel": {"whole"}}))
	})
}

func (p *Screens) replied(v *visit) error {
	t, err := attach.Take(v.Visit, p.Documents, map[string]string{"fil": answerKind, "kvittering": receiptKind})
	if err != nil {
		return err
	}
	pg := v.replyPage(t.Fields)
	f := pg.Form.Check()
	t.Say(f, "letterreply.fil.missing", "fil")
	a := room.Answer{Sent: v.day(f, "sendt"), How: f.Get("hvordan"), Document: t.Get("fil"), Receipt: t.Get("kvittering"), Part: f.Get("hel") == "part", Note: f.Get("note")}
	return v.after(pg, t, func() (string, error) {
		_, err := p.Room.Reply(v.Ctx, v.letter.ID, a, v.who())
		return v.here() + "?besked=brev-besvaret", err
	})
}

func (v *visit) provePage() *page.FormPage {
	pg := v.NewFormPage(v.NewForm("letterproof").Add(attach.Field("kvittering", false)), v.crumbs(), v.letter.Number)
	pg.Files = true
	return pg
}

// unproved is the answer that the address names, without its receipt.
func (v *visit) unproved() (int, error) {
	n, err := strconv.Atoi(v.R.PathValue("nr"))
	if err != nil || n < 0 || n >= len(v.letter.Answers) || v.letter.Answers[n].Receipt != "" {
		return 0, fault.New(fault.NotFound, "letter.unknown", "no answer %.10q of %s without receipt", v.R.PathValue("nr"), v.letter.Number)
	}
	return n, nil
}

func (p *Screens) prove(v *visit) error {
	if _, err := v.unproved(); err != nil {
		return err
	}
	return v.open(func() error { return v.ShowForm(v.provePage()) })
}

func (p *Screens) proved(v *visit) error {
	n, err := v.unproved()
	if err != nil {
		return err
	}
	t, err := attach.Take(v.Visit, p.Documents, map[string]string{"kvittering": receiptKind})
	if err != nil {
		return err
	}
	pg := v.provePage()
	t.Say(pg.Form, "letterproof.kvittering.missing", "kvittering")
	return v.after(pg, t, func() (string, error) {
		_, err := p.Room.Prove(v.Ctx, v.letter.ID, n, t.Get("kvittering"), v.who())
		return v.here() + "?besked=brev-kvittering", err
	})
}

func (v *visit) movePage(in url.Values) *page.FormPage {
	return v.NewFormPage(v.NewForm("lettermove").Date("frist", false).Area("begrundelse", room.LongText, 3, false).Fill(in), v.crumbs(), v.letter.Number)
}

func (p *Screens) move(v *visit) error {
	return v.open(func() error { return v.ShowForm(v.movePage(url.Values{"frist": {page.FormDate(v.letter.Due)}})) })
}

func (p *Screens) moved(v *visit) error {
	return v.posted(v.movePage, "brev-frist", func(f *page.Form) error {
		_, err := p.Room.Move(v.Ctx, v.letter.ID, v.day(f, "frist"), f.Get("begrundelse"), v.who())
		return err
	})
}

func (v *visit) handPage(people []identity.Person, in url.Values) *page.FormPage {
	people = slices.DeleteFunc(slices.Clone(people), func(p identity.Person) bool { return p.ID == v.letter.Answerer })
	return v.NewFormPage(v.answererField(v.NewForm("letterhand"), people).Fill(in), v.crumbs(), v.letter.Number)
}

func (p *Screens) hand(v *visit) error {
	people, err := p.answerers(v)
	if err != nil {
		return err
	}
	return v.open(func() error { return v.ShowForm(v.handPage(people, nil)) })
}

func (p *Screens) handed(v *visit) error {
	people, err := p.answerers(v)
	if err != nil {
		return err
	}
	return v.posted(func(in url.Values) *page.FormPage { return v.handPage(people, in) }, "brev-givet", func(f *page.Form) error {
		_, err := p.Room.Hand(v.Ctx, v.letter.ID, f.Get("svarer"), v.who())
		return err
	})
}

func (v *visit) endPage(in url.Values) *page.FormPage {
	pg := v.NewFormPage(v.NewForm("letterend").Area("udfald", room.LongText, 4, false).Fill(in), v.crumbs(), v.letter.Number)
	if v.letter.Waits() {
		pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("letterend.unanswered"), Text: v.T("letterend.unanswered.text", v.Date(v.letter.Due))}
	}
	return pg
}

func (p *Screens) end(v *visit) error {
	return v.open(func() error { return v.ShowForm(v.endPage(nil)) })
}

func (p *Screens) ended(v *visit) error {
	return v.posted(v.endPage, "brev-lukket", func(f *page.Form) error {
		_, err := p.Room.Close(v.Ctx, v.letter.ID, f.Get("udfald"), v.who())
		return err
	})
}
