package disclosure

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
)

func (v *visit) usual(journal string) bool { return incident.PoliceNumber(journal) }

func (v *visit) answerForm() *page.Form {
	return v.NewForm("discloseanswer").Radio("svar",
		fds.Choice{Value: "ja", Text: v.T("discloseanswer.yes"), Hint: v.T("discloseanswer.yes.hint")}, fds.Choice{Value: "nej", Text: v.T("discloseanswer.no")}).
		Area("ord", incident.Longest, 3, true)
}

// answerPage shows exactly what is said yes or no to: its seal goes along.
func (v *visit) answerPage() *page.FormPage {
	d := v.d
	pg := v.NewFormPage(v.answerForm(), v.crumbs(), d.Number)
	what := []string{v.T("disclosure.kind."+string(d.Kind)) + " (" + d.Kind.Cites(v.classes...) + ").", v.T("discloseanswer.to", line(d.Recipient.Name, d.Recipient.Station, d.Recipient.Authority)),
		v.T("discloseanswer.what", v.names(d.Cameras), v.DateTimeSeconds(d.From), v.DateTimeSeconds(d.To)), d.Words}
	if d.Journal != "" {
		what = append(what, v.T("discloseanswer.journal", d.Journal))
	}
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("discloseanswer.asks", d.Name), Text: strings.Join(what, " ")}
	if d.Document != "" {
		pg.Alert.Links = []fds.Link{{Href: v.here() + "/dokument/" + d.Document, Text: v.T("discloseanswer.document")}}
	}
	pg.Hidden = []fds.Choice{{Text: "segl", Value: d.Seal()}}
	return pg
}

// answerable refuses whoever does not answer for the place, and leads away from
// what waits for no answer.
func (p *Screens) answerable(v *visit) (done bool, err error) {
	if err := p.Room.Answers(v.Ctx, v.d, v.who()); err != nil {
		if fault.Is(err, fault.Denied) {
			return true, v.Refuse(access.Verdict{Why: access.WhyRole}, object(v.d))
		}
		return true, err
	}
	if v.d.State(v.Now) != room.Asked {
		return true, v.See(v.here())
	}
	return false, nil
}

func (p *Screens) answer(v *visit) error {
	if done, err := p.answerable(v); done {
		return err
	}
	return v.ShowForm(v.answerPage())
}

func (p *Screens) answered(v *visit) error {
	if done, err := p.answerable(v); done {
		return err
	}
	return v.posted(v.answerPage(), map[string]string{"disclosure.answer": "ord", "disclosure.changed": "svar", "disclosure.law": "svar",
		"steps.minors": "svar", "steps.guardians": "svar", "steps.consult": "svar", "steps.no-case": "svar"}, "?besked=udlevering-svaret", func(f *page.Form, in url.Values) error {
		_, err := p.Room.Decide(v.Ctx, v.d.ID, f.Get("svar") == "ja", f.Get("ord"), in.Get("segl"), v.who())
		return err
	})
}

// posted reads a form, does what it says, and leads back to the disclosure; what
// the room refuses is said at the field that it is about, beside what was typed.
func (v *visit) posted(pg *page.FormPage, fields map[string]string, note string, do func(*page.Form, url.Values) error) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := pg.Form.Fill(in).Check()
	if f.OK() {
		err := do(f, in)
		switch field := fields[fault.Key(err)]; {
		case err == nil && f.OK():
			return v.See(v.here() + note)
		case err == nil: // a date that is none: said already
		case field == "":
			return err
		default:
			f.FailWith(field, err)
		}
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// beforePage says what is to be ready before the passphrase is seen.
func (v *visit) beforePage() *page.FormPage {
	pg := v.NewFormPage(v.NewForm("disclosephrase"), v.crumbs(), v.d.Number)
	pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("disclosephrase.once"), Text: v.T("disclosephrase.once.text")}
	return pg
}

func (p *Screens) before(v *visit) error {
	if v.d.State(v.Now) != room.Ready || !p.Room.MayShow(v.d) {
		return v.See(v.here())
	}
	return v.ShowForm(v.beforePage())
}

// phrasePage shows the passphrase, this once.
type phrasePage struct {
	page.Shell
	Package string
	Groups  []string
	Steps   []string
	Next    fds.Link
}

func (v *visit) phrasePage(phrase string) *phrasePage {
	pg := &phrasePage{Shell: v.NewShell("passphrase", v.T("passphrase.title"), v.crumbs()...), Package: v.d.Package().ID, Groups: strings.Split(phrase, "-"),
		Next: fds.Link{Href: v.here(), Text: v.T("passphrase.next")}}
	for _, n := range []string{"1", "2", "3"} {
		pg.Steps = append(pg.Steps, v.T("passphrase.step."+n))
	}
	if v.d.Recipient.Phone != "" {
		pg.Steps[1] = v.T("passphrase.step.2.phone", v.d.Recipient.Phone)
	}
	return pg
}

func (p *Screens) phrase(v *visit) error {
	phrase, err := p.Room.Show(v.Ctx, v.d.ID, v.who())
	if fault.Is(err, fault.Conflict) {
		return v.See(v.here() + "?besked=udlevering-vist")
	}
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.phrasePage(phrase.Reveal()))
}

// fetch sends one file of the package, as far as it is asked for.
func (p *Screens) fetch(v *visit) error {
	name := v.R.PathValue("fil")
	c, err := p.Room.Fetch(v.Ctx, v.d.ID, name, v.who())
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // read only
	h := v.W.Header()
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Type", "application/octet-stream")
	http.ServeContent(v.W, v.R, "", c.Made, c)
	return nil
}

func (v *visit) againPage() *page.Grave {
	return v.NewGrave("disclosure.again", v.crumbs(), v.d.Number)
}

func (p *Screens) again(v *visit) error {
	switch v.d.State(v.Now) {
	case room.Ready, room.Failed, room.Gone:
		return v.ShowGrave(v.againPage())
	}
	return v.See(v.here())
}

func (p *Screens) madeAgain(v *visit) error {
	return v.gravely(v.againPage(), "?besked=udlevering-igen", func(reason string) error {
		_, err := p.Room.Again(v.Ctx, v.d.ID, reason, v.who())
		return err
	})
}

// gravely reads the reason of a grave act and does it; what cannot be done any
// more leads back to the disclosure.
func (v *visit) gravely(g *page.Grave, note string, do func(reason string) error) error {
	reason, done, err := v.Reason(g)
	if done || err != nil {
		return err
	}
	err = do(reason)
	if fault.Is(err, fault.Conflict) {
		return v.See(v.here())
	}
	if err != nil {
		return err
	}
	return v.See(v.here() + note)
}

func (v *visit) cancelPage() *page.Grave {
	return v.NewGrave("disclosure.cancel", v.crumbs(), v.d.Number)
}

func (p *Screens) cancel(v *visit) error {
	switch v.d.State(v.Now) {
	case room.Asked, room.Queued, room.Making, room.Failed, room.Ready, room.Gone:
		return v.ShowGrave(v.cancelPage())
	}
	return v.See(v.here())
}

func (p *Screens) cancelled(v *visit) error {
	return v.gravely(v.cancelPage(), "?besked=udlevering-annulleret", func(reason string) error {
		_, err := p.Room.Cancel(v.Ctx, v.d.ID, reason, v.who())
		return err
	})
}

func (v *visit) removePage() *page.Grave {
	return v.NewGrave("disclosure.delete", v.crumbs(), v.d.Number)
}

func (p *Screens) remove(v *visit) error {
	if v.d.State(v.Now) != room.HandedOut || !v.d.Package().Gone.IsZero() {
		return v.See(v.here())
	}
	return v.ShowGrave(v.removePage())
}

func (p *Screens) removed(v *visit) error {
	return v.gravely(v.removePage(), "?besked=udlevering-slettet", func(reason string) error {
		_, err := p.Room.Delete(v.Ctx, v.d.ID, reason, v.who())
		return err
	})
}
