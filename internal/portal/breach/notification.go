package breach

import (
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	room "vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
)

// receiptKind is the kind of document that a receipt is kept as.
const receiptKind = "breach-receipt"

// parts are what Datatilsynet is told, in the order of art. 33(3): what is not
// known says so, and comes later.
func (v *visit) parts() []page.Section {
	b, f := v.breach, v.breach.Form
	list := func(key string, rows ...fds.Row) page.Section {
		for i := range rows {
			if rows[i].Text == "" {
				rows[i].Text = v.T("breach.later")
			}
		}
		return page.Section{ID: key, Heading: v.T("breach.part." + key), List: &fds.StructuredList{Caption: v.T("breach.part." + key), Rows: rows}}
	}
	row := func(key, text string) fds.Row { return fds.Row{Term: v.T("breachform." + key), Text: text} }
	time := []fds.Row{{Term: v.T("breach.field.known"), Text: v.DateTime(b.Known)}, {Term: v.T("breach.field.limit"), Text: v.DateTime(b.Limit())}}
	if !b.Since.IsZero() {
		time = append(time, fds.Row{Term: v.T("breach.field.since"), Text: v.DateTime(b.Since)})
	}
	if !b.Stopped.IsZero() {
		time = append(time, fds.Row{Term: v.T("breach.field.stopped"), Text: v.DateTime(b.Stopped)})
	}
	risk := ""
	if !b.Judgement.At.IsZero() {
		risk = v.T("breach.risk."+string(b.Judgement.Risk)) + ". " + b.Judgement.Words
	}
	told := ""
	if t := b.Telling; !t.At.IsZero() {
		told = v.T("breach.telling."+map[bool]string{true: "yes", false: "no"}[t.Tell]) + ". " + t.Words
	}
	out := []page.Section{list("time", time...),
		list("a", row("haendelse", f.Nature), row("aspekter", v.named("breach.aspect.", f.Aspects)), row("personer", v.named("breach.people.", f.People)), row("antal", f.PeopleCount),
			row("oplysninger", v.named("breach.data.", f.Data)), row("maengde", f.Records)),
		list("b", row("kontakt", f.Contact)),
		list("c", row("konsekvenser", f.Consequences), fds.Row{Term: v.T("breach.decided.judge"), Text: risk}),
		list("d", row("gjort", f.Measures), row("planlagt", f.Planned), fds.Row{Term: v.T("breach.decided.telling"), Text: told})}
	if b.Late(v.Now) || len(b.Sent) > 0 && b.Sent[0].Delay != "" {
		delay := ""
		if len(b.Sent) > 0 {
			delay = b.Sent[0].Delay
		}
		out = append(out, list("late", fds.Row{Term: v.T("breach.column.delay"), Text: delay}))
	}
	return out
}

// doc is the notification as a paper.
func (v *visit) doc() *paper.Paper {
	doc := v.NewPaper(v.T("breach.paper", v.breach.Number))
	doc.Facts = []paper.Fact{{Term: v.T("breach.paper.controller"), Text: v.Controller.Name}, {Term: v.T("breaches.column.number"), Text: v.breach.Number}}
	doc.Blocks = append([]paper.Block{paper.Paragraph{Text: v.T("breach.paper.not"), Quiet: true}}, page.Blocks(v.parts())...)
	return doc
}

// text is the notification as plain text.
func (v *visit) text() (string, error) {
	var b strings.Builder
	err := v.doc().Text(&b)
	return b.String(), err
}

func (p *Screens) notification(v *visit) error {
	return v.Show(http.StatusOK, v.notificationPage())
}

func (v *visit) notificationPage() *page.Record {
	b := v.breach
	pg := v.NewRecord(v.T("breach.paper", b.Number), v.T("breach.paper.lead"), v.crumbs()...)
	here := v.here() + "/anmeldelse/"
	pg.Actions = []fds.Link{{Href: here + "tekst", Text: v.T("breach.paper.text")}, {Href: here + "pdf", Text: "PDF"}, {Href: here + "docx", Text: "DOCX"}}
	a := fds.Alert{Tone: fds.Info, Heading: v.T("breach.paper.self"), Text: v.T("breach.paper.not")}
	if missing := b.Form.Missing(); len(missing) > 0 {
		a.Text += " " + v.T("breach.paper.missing", v.named("breach.missing.", missing))
	}
	pg.Notes = append(pg.Notes, a)
	for _, s := range v.parts() {
		pg.Add(s)
	}
	return pg
}

func (p *Screens) paper(v *visit) error {
	name := v.breach.Number + "-anmeldelse"
	if v.R.PathValue("form") != "tekst" {
		return v.SendPaper(name, v.R.PathValue("form"), v.doc())
	}
	s, err := v.text()
	if err != nil {
		return err
	}
	return v.File(name+".txt", "text/plain; charset=utf-8", []byte(s))
}

func (v *visit) sendPage() *page.FormPage {
	f := v.NewForm("breachsent").Date("dato", false).Text("tid", 5, false).Text("reference", incident.LongLine, false)
	if len(v.breach.Sent) == 0 {
		f.Area("grund", incident.Longest, 3, true)
	}
	if v.s.Documents != nil {
		f.Add(fds.Field{Type: "file", Name: "fil", Accept: ".pdf,.png,.jpg", Optional: true})
	}
	pg := v.NewFormPage(f.Fill(url.Values{"dato": {page.FormDate(v.Now)}, "tid": {v.Clock(v.Now)}}), v.crumbs(), v.breach.Number)
	pg.Files = v.s.Documents != nil
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("breach.paper.self"), Text: v.T("breachsent.about"), Links: []fds.Link{{Href: v.here() + "/anmeldelse", Text: v.T("breach.sent.form")}}}
	return pg
}

func (p *Screens) send(v *visit) error {
	return v.judgedOnly(func() error { return v.open(func() error { return v.ShowForm(v.sendPage()) }) })
}

func (p *Screens) sent(v *visit) error {
	pg := v.sendPage()
	var doc string
	var refused error
	in, err := v.sendFields(&doc, &refused)
	if err != nil {
		return err
	}
	f := pg.Form.Fill(in).Check()
	if refused != nil {
		f.FailWith("fil", refused)
	}
	s := room.Sent{Sent: v.moment(f, "dato", "tid"), Reference: f.Get("reference"), Delay: f.Get("grund"), Document: doc}
	if s.Text, err = v.text(); err != nil {
		return err
	}
	kept := false
	err = v.done(pg, f, map[string]string{"breach.when": "dato", "breach.reference": "reference", "breach.delay": "grund", "breach.cpr": "reference"}, "brud-indsendt", func(*page.Form) error {
		_, err := p.Breaches.Sent(v.Ctx, v.breach.ID, s, v.who())
		kept = err == nil
		return err
	})
	if doc != "" && !kept { // nothing rests on it: the next attempt brings it again
		if rerr := p.Documents.Remove(v.Ctx, v.Person.Controller, doc, v.Person.ID); rerr != nil {
			return rerr
		}
	}
	return err
}

// sendFields reads the form with its receipt, which is kept as soon as it has
// come.
func (v *visit) sendFields(doc *string, refused *error) (url.Values, error) {
	if v.s.Documents == nil {
		return v.Posted()
	}
	return v.Upload(func(_ url.Values, file *multipart.Part) error {
		if file.FileName() == "" {
			return nil
		}
		d, err := v.s.Documents.Add(v.Ctx, document.New{Controller: v.Person.Controller, Kind: receiptKind, Name: file.FileName(), By: v.Person.ID, Accept: []document.Type{document.PDF, document.JPEG, document.PNG}}, file)
		if fault.Is(err, fault.Invalid) {
			*refused = err
			return nil
		}
		*doc = d.ID
		return err
	})
}

// receipt gives the receipt of one of the parts.
func (p *Screens) receipt(v *visit) error {
	n, err := strconv.Atoi(v.R.PathValue("nr"))
	if err != nil || n < 0 || n >= len(v.breach.Sent) || v.breach.Sent[n].Document == "" || p.Documents == nil {
		return fault.New(fault.NotFound, "document.unknown", "no receipt %.20q", v.R.PathValue("nr"))
	}
	d, content, err := p.Documents.Read(v.Ctx, v.breach.Controller, v.breach.Sent[n].Document)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read only
	return document.Serve(v.W, d, content)
}
