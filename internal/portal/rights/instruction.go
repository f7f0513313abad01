package rights

import (
	"net/http"
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// instructionPage is the instruction and, when there is something to confirm,
// the form to confirm that it is read.
type instructionPage struct {
	page.Shell
	Lead    string
	Parts   []instructionPart
	Version string
	Empty   string
	For     []string // what is confirmed for
	Form    *page.Form
	Button  fds.Button
	Hidden  string // the version
}

type instructionPart struct {
	ID, Heading string
	Lines       []string
}

func (v *visit) readForm() *page.Form {
	var items []fds.Choice
	for _, x := range []string{"viewing", "passing", "deletion", "passwords"} {
		items = append(items, fds.Choice{Value: x, Text: v.T("rights.reading." + x)})
	}
	return v.NewForm("rights.reading").Checks("forstaaet", items...)
}

func (v *visit) instructionPage(r authorisation.Reading, f *page.Form) *instructionPage {
	pg := &instructionPage{Shell: v.NewShell("instruction", v.T("rights.instruction"), v.crumbs()...), Lead: v.T("rights.instruction.lead")}
	in := r.Instruction
	if in.Version == 0 {
		pg.Empty = v.T("rights.instruction.none")
		return pg
	}
	pg.Version = v.T("rights.instruction.version", in.Version, v.Date(in.PublishedAt), in.PublishedName)
	for _, x := range []struct{ id, text string }{{"viewing", in.Viewing}, {"passing", in.Passing}, {"deletion", in.Deletion}, {"passwords", in.Passwords}, {"more", in.More}} {
		if x.text != "" {
			pg.Parts = append(pg.Parts, instructionPart{x.id, v.T("rights.instruction." + x.id), strings.FieldsFunc(x.text, func(r rune) bool { return r == '\n' || r == '\r' })})
		}
	}
	if len(r.Forms) > 0 {
		pg.Form, pg.Hidden = f, v.Number(in.Version)
		pg.Button = fds.Button{Kind: "primary", Text: v.T("rights.reading.button")}
		for _, s := range r.Forms {
			pg.For = append(pg.For, v.T("rights.reading.for", s.Number, v.at(s)))
		}
	}
	return pg
}

func (p *Screens) instruction(v *visit) error {
	if _, err := v.locations(); err != nil {
		return err
	}
	r, err := p.Rights.ToRead(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.instructionPage(r, v.readForm()))
}

// read confirms for all forms that wait for it. Each of the four things is
// confirmed by itself (D 3.5.3, 3.5.6).
func (p *Screens) read(v *visit) error {
	if _, err := v.locations(); err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	r, err := p.Rights.ToRead(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil {
		return err
	}
	f := v.readForm().Fill(in)
	if len(f.All("forstaaet")) < 4 {
		f.Fail("forstaaet", v.T("rights.reading.forstaaet.missing"))
	}
	pg := v.instructionPage(r, f)
	switch {
	case pg.Form == nil:
		return v.See(path + "/mine")
	case in.Get("version") != pg.Hidden: // a newer one came while this was read
		f.Fail("forstaaet", v.T("rights.reading.newer"))
		return v.Show(http.StatusConflict, pg)
	case !f.OK():
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	for _, s := range r.Forms {
		if err := p.Rights.Read(v.Ctx, s.Controller, s.ID, r.Instruction.Version, v.who()); err != nil {
			return err
		}
	}
	return v.See(path + "/mine?besked=instruks-laest")
}

func (v *visit) publishForm() *page.Form {
	f := v.NewForm("rights.publishing")
	for _, x := range []string{"viewing", "passing", "deletion", "passwords"} {
		f.Area(x, authorisation.LongestInstruction/2, 6, false)
	}
	return f.Area("more", authorisation.LongestInstruction/2, 4, true)
}

func (v *visit) publishPage(days int, f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs())
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("rights.publishing.effect"), Text: v.T("rights.publishing.effect.text", days)}
	return pg
}

// publishing refuses whoever does not instruct.
func (v *visit) publishing() error {
	may, err := v.s.Rights.MayPublish(v.Ctx, v.Person.Controller, v.Person.ID)
	if err == nil && !may {
		err = v.Refuse(access.Verdict{Why: access.WhyRole}, access.Object{Controller: v.Person.Controller})
	}
	return err
}

func (p *Screens) newInstruction(v *visit) error {
	if err := v.publishing(); err != nil {
		return err
	}
	t, err := v.terms()
	if err != nil {
		return err
	}
	all, err := p.Rights.Instructions(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	in := url.Values{}
	if len(all) > 0 {
		in = url.Values{"viewing": {all[0].Viewing}, "passing": {all[0].Passing}, "deletion": {all[0].Deletion}, "passwords": {all[0].Passwords}, "more": {all[0].More}}
	} else {
		for _, x := range []string{"viewing", "passing", "deletion", "passwords"} {
			in.Set(x, v.T("rights.publishing.suggest."+x))
		}
	}
	return v.ShowForm(v.publishPage(t.InstructionDays, v.publishForm().Fill(in)))
}

func (p *Screens) publish(v *visit) error {
	if err := v.publishing(); err != nil {
		return err
	}
	posted, err := v.Posted()
	if err != nil {
		return err
	}
	t, err := v.terms()
	if err != nil {
		return err
	}
	f := v.publishForm().Fill(posted).Check()
	for _, x := range []string{"viewing", "passing", "deletion", "passwords"} {
		if n := len(f.Get(x)); n > 0 && n < authorisation.ShortestReason {
			f.Fail(x, v.T("rights.publishing.short"))
		}
	}
	if !f.OK() {
		return v.ShowForm(v.publishPage(t.InstructionDays, f))
	}
	_, err = p.Rights.Publish(v.Ctx, authorisation.Instruction{Controller: v.Person.Controller, Viewing: f.Get("viewing"), Passing: f.Get("passing"),
		Deletion: f.Get("deletion"), Passwords: f.Get("passwords"), More: f.Get("more")}, v.who())
	if err != nil {
		return err
	}
	return v.See(path + "?besked=instruks-udgivet")
}
