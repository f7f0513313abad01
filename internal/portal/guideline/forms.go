package guideline

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/attach"
	"vidne.dk/vidne/internal/portal/page"
)

// Fields of the forms.
const (
	fileField    = "fil"
	minutesField = "referat"
	minutesKind  = "guideline-minutes"
)

// fields say at which field a fault of the room is told.
func fields() map[string]string {
	return map[string]string{"guideline.title": "titel", "guideline.note": "nyt", "guideline.decidedby": "besluttet_af", "guideline.decided": "besluttet", "guideline.document": fileField,
		"guideline.cause": "grund", "guideline.reason": "begrundelse", "guideline.due": "frist", "guideline.parties": "andre", "guideline.body": "andre", "guideline.person": "personer",
		"guideline.comment": "bemaerkning", "guideline.words": "konklusion", "guideline.minutes": minutesField, "guideline.unheard": "konklusion", "document.force": "gaelder"}
}

// versionFields are those of a new version; optional where there may be none.
func versionFields(f *page.Form, optional bool) *page.Form {
	f.Text("titel", room.LongLine, optional).Add(attach.Field(fileField, true))
	return f.Area("tekst", 100_000, 10, true).Area("nyt", room.LongText, 4, optional).Text("besluttet_af", room.LongLine, optional).Date("besluttet", optional).Date("gaelder", true)
}

func (v *visit) firstPage(in url.Values) *page.FormPage {
	pg := v.NewFormPage(versionFields(v.NewForm("guidelinenew"), false).Fill(in), v.crumbs())
	pg.Files = true
	return pg
}

func (p *Screens) first(v *visit) error {
	return v.ShowForm(v.firstPage(url.Values{"titel": {v.T("guidelinenew.titel.first")}}))
}

func (p *Screens) firstSent(v *visit) error {
	t, err := attach.Take(v.Visit, p.Documents, map[string]string{fileField: room.Kind})
	if err != nil {
		return err
	}
	pg := v.firstPage(t.Fields)
	f := pg.Form.Check()
	t.Say(f, "")
	n, err := v.newVersion(f, t)
	if err == nil && f.OK() {
		if _, err = p.Room.Publish(v.Ctx, n, v.who()); err == nil {
			return v.See(path + "?besked=retningslinje-udgivet")
		}
	}
	return v.refused(pg, t, err)
}

// newVersion reads the fields of a version; a text that was typed becomes its
// file.
func (v *visit) newVersion(f *page.Form, t attach.Taken) (n room.New, err error) {
	n = room.New{Title: f.Get("titel"), Note: f.Get("nyt"), DecidedBy: f.Get("besluttet_af"), Decided: v.day(f, "besluttet"), InForce: v.day(f, "gaelder")}
	text := f.Get("tekst")
	switch {
	case t.Get(fileField) == "" && text == "":
		f.Fail(fileField, v.T("guideline.file.missing"))
	case t.Get(fileField) != "" && text != "":
		f.Fail("tekst", v.T("guideline.file.both"))
	case text != "" && f.OK():
		doc := v.NewPaper(n.Title)
		for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
			if part = strings.TrimSpace(part); part != "" {
				doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: part})
			}
		}
		err = t.Write(fileField, room.Kind, doc)
	}
	n.Document = t.Get(fileField)
	return n, err
}

// refused shows a form again: with what the room says at the field that it is
// about, and without the files that it brought.
func (v *visit) refused(pg *page.FormPage, t attach.Taken, err error) error {
	if e := t.Drop(); e != nil {
		return e
	}
	return v.again(pg, err)
}

func (v *visit) again(pg *page.FormPage, err error) error {
	if err != nil {
		field := fields()[fault.Key(err)]
		if field == "" {
			return err
		}
		pg.Form.FailWith(field, err)
	}
	return v.ShowForm(pg)
}

func (v *visit) day(f *page.Form, field string) time.Time {
	at, err := page.LocalDate(f.Get(field))
	if err != nil && f.Get(field) != "" {
		f.Fail(field, v.T("guideline.date"))
	}
	return at
}

// people are those who can be asked: who may read the guideline here.
func (p *Screens) people(v *visit) (out []identity.Person, err error) {
	all, err := p.People.People(v.Ctx, v.Person.Controller)
	return slices.DeleteFunc(all, func(x identity.Person) bool {
		return x.Closed || !slices.ContainsFunc(x.Roles, func(r string) bool { return r != string(access.Operator) && r != string(access.BreakGlass) })
	}), err
}

func (v *visit) peopleField(f *page.Form, people []identity.Person, but []room.Party) *page.Form {
	var choices []fds.Choice
	for _, x := range people {
		if slices.ContainsFunc(but, func(p room.Party) bool { return p.Person == x.ID }) {
			continue
		}
		var roles []string
		for _, r := range x.Roles {
			roles = append(roles, v.Or("role."+r, r))
		}
		choices = append(choices, fds.Choice{Value: x.ID, Text: x.Name, Hint: strings.Join(roles, ", ")})
	}
	if len(choices) > 0 {
		f.Checks("personer", choices...)
	}
	return f.Area("andre", room.LongText, 4, true)
}

func (v *visit) beginPage(people []identity.Person, in url.Values) *page.FormPage {
	var causes []fds.Choice
	for _, c := range room.Causes() {
		causes = append(causes, fds.Choice{Value: string(c), Text: v.T("guideline.cause." + string(c)), Hint: v.T("guideline.cause." + string(c) + ".hint")})
	}
	f := v.NewForm("guidelinebegin").Radio("grund", causes...).Area("begrundelse", room.LongText, 3, false).Date("frist", false)
	return v.NewFormPage(v.peopleField(f, people, nil).Fill(in), v.crumbs())
}

func (p *Screens) begin(v *visit) error {
	people, err := p.people(v)
	if err != nil {
		return err
	}
	in := url.Values{"frist": {page.FormDate(v.Now.Add(room.Ahead))}}
	for _, x := range people {
		if room.Asked(x) {
			in.Add("personer", x.ID)
		}
	}
	return v.ShowForm(v.beginPage(people, in))
}

func (p *Screens) begun(v *visit) error {
	people, err := p.people(v)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.beginPage(people, in)
	f := pg.Form.Check()
	s := room.Start{Cause: room.Cause(f.Get("grund")), Reason: f.Get("begrundelse"), Due: v.day(f, "frist"), People: f.All("personer"), Bodies: lines(f.Get("andre"))}
	if f.OK() {
		var x room.Review
		if x, err = p.Room.Begin(v.Ctx, s, v.who()); err == nil {
			return v.See(path + "/gennemgang/" + x.ID + "?besked=retningslinje-begyndt")
		}
	}
	return v.again(pg, err)
}

func lines(text string) (out []string) {
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

func (v *visit) askPage(people []identity.Person, in url.Values) *page.FormPage {
	return v.NewFormPage(v.peopleField(v.NewForm("guidelineask"), people, v.review.Parties).Fill(in), v.crumbs(), v.review.Number)
}

func (p *Screens) ask(v *visit) error {
	people, err := p.people(v)
	if err != nil {
		return err
	}
	return v.open(func() error { return v.ShowForm(v.askPage(people, nil)) })
}

func (p *Screens) asked(v *visit) error {
	people, err := p.people(v)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.askPage(people, in)
	f := pg.Form.Check()
	if f.OK() {
		if _, err = p.Room.Ask(v.Ctx, v.review.ID, f.All("personer"), lines(f.Get("andre")), v.who()); err == nil {
			return v.See(v.here() + "?besked=retningslinje-spurgt")
		}
	}
	return v.again(pg, err)
}

// open leads away from a review that is concluded.
func (v *visit) open(show func() error) error {
	if !v.review.Open() {
		return v.See(v.here())
	}
	return show()
}

// asParty is the party that the address names, when the person may answer for
// it.
func (v *visit) asParty() (room.Party, error) {
	i := slices.IndexFunc(v.review.Parties, func(p room.Party) bool { return p.ID == v.R.PathValue("part") })
	if i < 0 {
		return room.Party{}, fault.New(fault.NotFound, "guideline.unknown", "no party %.40q", v.R.PathValue("part"))
	}
	p := v.review.Parties[i]
	if p.Person != v.Person.ID && (p.Person != "" || !v.edits()) {
		return p, fault.New(fault.Denied, "guideline.party", "%s is asked", p.Name)
	}
	return p, nil
}

func (v *visit) answerPage(p room.Party, in url.Values) *page.FormPage {
	f := v.NewForm("guidelineanswer").Radio("svar", fds.Choice{Value: "none", Text: v.T("guidelineanswer.none")}, fds.Choice{Value: "comment", Text: v.T("guidelineanswer.comment")}).Area("bemaerkning", room.LongText, 6, true)
	pg := v.NewFormPage(f.Fill(in), v.crumbs(), p.Name)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("guidelineanswer.read"), Text: v.T("guidelineanswer.read.text", v.Date(v.review.Due)),
		Links: []fds.Link{{Href: path, Text: v.T("guidelineanswer.read.link")}}}
	return pg
}

func (p *Screens) answer(v *visit) error {
	party, err := v.asParty()
	if err != nil {
		return err
	}
	return v.open(func() error { return v.ShowForm(v.answerPage(party, nil)) })
}

func (p *Screens) answered(v *visit) error {
	party, err := v.asParty()
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.answerPage(party, in)
	f := pg.Form.Check()
	comment := f.Get("bemaerkning")
	switch {
	case f.Get("svar") == "comment" && comment == "":
		f.Fail("bemaerkning", v.T("guidelineanswer.bemaerkning.missing"))
	case f.Get("svar") == "none" && comment != "":
		f.Fail("bemaerkning", v.T("guidelineanswer.bemaerkning.both"))
	}
	if f.OK() {
		if _, err = p.Room.Answer(v.Ctx, v.review.ID, party.ID, comment, v.edits(), v.who()); err == nil {
			return v.See(v.here() + "?besked=retningslinje-svaret")
		}
	}
	return v.again(pg, err)
}

func (v *visit) concludePage(in url.Values) *page.FormPage {
	f := v.NewForm("guidelineend").Radio("udfald", fds.Choice{Value: string(room.Unchanged), Text: v.T("guidelineend.unchanged")}, fds.Choice{Value: string(room.Changed), Text: v.T("guidelineend.changed")}).
		Area("konklusion", room.LongText, 4, false).Add(attach.Field(minutesField, false))
	pg := v.NewFormPage(versionFields(f.Section("ny"), true).Fill(in), v.crumbs(), v.review.Number)
	pg.Files = true
	if missing := v.review.Missing(); len(missing) > 0 {
		var names []string
		for _, p := range missing {
			names = append(names, p.Name)
		}
		key := "guidelineend.early"
		if v.review.Late(v.Now) {
			key = "guidelineend.unheard"
		}
		pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T(key), Text: v.T(key+".text", strings.Join(names, ", "), v.Date(v.review.Due))}
	}
	return pg
}

func (p *Screens) conclude(v *visit) error {
	return v.open(func() error { return v.ShowForm(v.concludePage(nil)) })
}

func (p *Screens) concluded(v *visit) error {
	t, err := attach.Take(v.Visit, p.Documents, map[string]string{fileField: room.Kind, minutesField: minutesKind})
	if err != nil {
		return err
	}
	pg := v.concludePage(t.Fields)
	f := pg.Form.Check()
	t.Say(f, "guidelineend.referat.missing", minutesField)
	e := room.End{Words: f.Get("konklusion"), Minutes: t.Get(minutesField)}
	if f.Get("udfald") == string(room.Changed) {
		var n room.New
		n, err = v.newVersion(f, t)
		e.New = &n
	}
	if err == nil && f.OK() {
		if _, err = p.Room.Conclude(v.Ctx, v.review.ID, e, v.who()); err == nil {
			if e.New == nil {
				err = t.DropField(fileField)
			}
			if err != nil {
				return err
			}
			return v.See(v.here() + "?besked=retningslinje-afsluttet")
		}
	}
	return v.refused(pg, t, err)
}
