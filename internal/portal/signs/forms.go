package signs

import (
	"mime/multipart"
	"net/http"
	"net/url"

	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
)

// photoKind is the kind of document that a picture of a sign is.
const photoKind = "sign-photo"

func (v *visit) choices(of string, values []string) (out []fds.Choice) {
	for _, x := range values {
		out = append(out, fds.Choice{Value: x, Text: v.T(of + "." + x)})
	}
	return out
}

// picture is the field in which a phone offers its camera.
func (v *visit) picture(f *page.Form, key string) *page.Form {
	if v.s.Documents == nil {
		return f
	}
	return f.Add(fds.Field{Type: "file", Name: "foto", Label: v.T(key + ".foto"), Hint: v.T(key + ".foto.hint"), Accept: "image/jpeg,image/png", Camera: true, Optional: true})
}

// take reads a form with one picture, which is kept as soon as it has come.
func (p *Screens) take(v *visit) (in url.Values, photo string, refused, err error) {
	in, err = v.Upload(func(_ url.Values, file *multipart.Part) error {
		if p.Documents == nil || file.FileName() == "" {
			return nil
		}
		d, err := p.Documents.Add(v.Ctx, document.New{Controller: v.Person.Controller, Kind: photoKind, Name: file.FileName(), By: v.Person.ID, Accept: []document.Type{document.JPEG, document.PNG}}, file)
		if fault.Is(err, fault.Invalid) {
			refused = err
			return nil
		}
		photo = d.ID
		return err
	})
	return in, photo, refused, err
}

// form shows a form, or what became of one that was sent.
func (v *visit) form(pg *page.FormPage) error {
	pg.Files = v.s.Documents != nil
	return v.ShowForm(pg)
}

func (v *visit) hangPage(in url.Values) *page.FormPage {
	f := v.NewForm("signhang").Radio("sted", v.choices("sign.place", notice.Places())...).Text("ord", 200, false).Radio("format", v.choices("sign.format", notice.Formats())...)
	pg := v.NewFormPage(v.picture(f, "signhang").Fill(in), v.crumbs())
	return pg
}

func (p *Screens) hang(v *visit) error { return v.form(v.hangPage(nil)) }

func (p *Screens) hung(v *visit) error {
	in, photo, refused, err := p.take(v)
	if err != nil {
		return err
	}
	pg := v.hangPage(in)
	f := pg.Form.Check()
	if refused != nil {
		f.FailWith("foto", refused)
	}
	if !f.OK() {
		return v.form(pg)
	}
	_, err = p.Notices.Hang(v.Ctx, notice.Sign{Location: v.place.ID, Place: f.Get("sted"), Words: f.Get("ord"), Format: f.Get("format"), Photo: photo}, v.who())
	return v.after(pg, err, map[string]string{"sign.place": "sted", "sign.words": "ord", "sign.format": "format"}, "skilt-haengt")
}

// after leads back to the place, or says at its field what was refused.
func (v *visit) after(pg *page.FormPage, err error, fields map[string]string, note string) error {
	if err == nil {
		return v.See(v.here() + "?besked=" + note)
	}
	field, ok := fields[fault.Key(err)]
	if !ok {
		return err
	}
	pg.Form.FailWith(field, err)
	pg.Files = v.s.Documents != nil
	return v.Show(http.StatusUnprocessableEntity, pg)
}

func (v *visit) checkPage(in url.Values) *page.FormPage {
	f := v.NewForm("signcheck").Radio("fund", v.choices("sign.finding", notice.Findings())...).Area("ord", 1000, 3, true)
	return v.NewFormPage(v.picture(f, "signcheck").Fill(in), v.crumbs(), v.found.sign.Words)
}

func (p *Screens) check(v *visit) error { return v.form(v.checkPage(nil)) }

func (p *Screens) checked(v *visit) error {
	in, photo, refused, err := p.take(v)
	if err != nil {
		return err
	}
	pg := v.checkPage(in)
	f := pg.Form.Check()
	if refused != nil {
		f.FailWith("foto", refused)
	}
	if !f.OK() {
		return v.form(pg)
	}
	_, err = p.Notices.Check(v.Ctx, v.found.sign.ID, f.Get("fund"), f.Get("ord"), photo, v.who())
	return v.after(pg, err, map[string]string{"sign.finding": "fund", "sign.said": "ord"}, "skilt-set")
}

func (v *visit) removePage(in url.Values) *page.FormPage {
	return v.NewFormPage(v.NewForm("signremove").Area("grund", 1000, 3, false).Fill(in), v.crumbs(), v.found.sign.Words)
}

func (p *Screens) remove(v *visit) error { return v.ShowForm(v.removePage(nil)) }

func (p *Screens) removed(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.removePage(in)
	if f := pg.Form.Check(); !f.OK() {
		return v.ShowForm(pg)
	}
	_, err = p.Notices.Remove(v.Ctx, v.found.sign.ID, in.Get("grund"), v.who())
	return v.after(pg, err, map[string]string{"sign.why": "grund"}, "skilt-taget-ned")
}

func (v *visit) settlePage(in url.Values) *page.FormPage {
	pg := v.NewFormPage(v.NewForm("signsettle").Area("gjort", 1000, 3, false).Fill(in), v.crumbs())
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("report.what." + v.report.What), Text: v.T("signsettle.said", v.DateTime(v.report.At), v.report.Where, v.report.Words)}
	return pg
}

func (p *Screens) settle(v *visit) error { return v.ShowForm(v.settlePage(nil)) }

func (p *Screens) settled(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.settlePage(in)
	if f := pg.Form.Check(); !f.OK() {
		return v.ShowForm(pg)
	}
	err = p.Notices.Settle(v.Ctx, v.report.ID, in.Get("gjort"), v.who())
	return v.after(pg, err, map[string]string{"report.outcome": "gjort"}, "melding-afsluttet")
}
