package disclosure

import (
	"net/http"
	"net/url"

	room "vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
)

func (v *visit) receiptForm() *page.Form {
	var media, ways []fds.Choice
	for _, m := range room.Media() {
		media = append(media, fds.Choice{Value: string(m), Text: v.medium(m), Hint: v.Or("disclosure.medium."+string(m)+".hint", "")})
	}
	for _, w := range room.Ways() {
		ways = append(ways, fds.Choice{Value: string(w), Text: v.T("disclosure.way." + string(w))})
	}
	f := v.NewForm("receipt").Section("package").Radio("medie", media...).Text("serie", incident.LongLine, true).Text("til", incident.LongLine, false).Text("nummer", incident.LongLine, true)
	f.Date("dato", false).Add(fds.Field{Name: "kl", Width: "tiny", MaxLength: 8})
	return f.Section("phrase").Radio("vej", ways...).Text("vej-til", incident.LongLine, false).Text("vej-af", incident.LongLine, false)
}

func (v *visit) receiptPage() *page.FormPage {
	in := url.Values{"medie": {"usb"}, "vej": {"phone"}, "til": {v.d.Recipient.Name}, "dato": {page.FormDate(v.Now)}, "kl": {v.Clock(v.Now)}, "vej-til": {v.d.Recipient.Phone}, "vej-af": {v.Session.Person.Name}}
	pg := v.NewFormPage(v.receiptForm().Fill(in), v.crumbs(), v.d.Number)
	if v.d.Kind == room.ToPolice {
		pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("receipt.night"), Text: v.T("receipt.night.text"), Links: []fds.Link{{Href: v.here() + "/kvitteringsblanket", Text: v.T("disclosure.do.blank")}}}
	}
	return pg
}

// medium is a medium in words: whose upload service it is, depends on who receives.
func (v *visit) medium(m room.Medium) string { return v.to("disclosure.medium." + string(m)) }

// to is a text for the police, or the one for others where it has another.
func (v *visit) to(key string, args ...any) string {
	if v.d.Kind != room.ToPolice && v.Has(key+".other") {
		key += ".other"
	}
	return v.T(key, args...)
}

func (p *Screens) receipt(v *visit) error {
	switch v.d.State(v.Now) {
	case room.Ready, room.Gone:
		return v.ShowForm(v.receiptPage())
	}
	return v.See(v.here())
}

func (p *Screens) received(v *visit) error {
	return v.posted(v.receiptPage(), map[string]string{"disclosure.medium": "medie", "disclosure.to": "til", "disclosure.on": "kl", "disclosure.way": "vej", "disclosure.way-to": "vej-til",
		"disclosure.way-by": "vej-af", "disclosure.line": "serie", "disclosure.not-shown": "vej", "steps.minors": "til", "steps.guardians": "til", "steps.consult": "til", "steps.no-case": "til"},
		"?besked=udlevering-afleveret", func(f *page.Form, _ url.Values) error {
			on := v.moment(f, "dato", "kl")
			if !f.OK() {
				return nil
			}
			_, err := p.Room.HandOver(v.Ctx, v.d.ID, room.Receipt{Medium: room.Medium(f.Get("medie")), Serial: f.Get("serie"), To: f.Get("til"), Badge: f.Get("nummer"), On: on,
				Way: room.Way(f.Get("vej")), WayTo: f.Get("vej-til"), WayBy: f.Get("vej-af")}, v.who())
			return err
		})
}

func (v *visit) signPage() *page.FormPage {
	f := v.NewForm("disclosesign").Add(fds.Field{Name: "fil", Type: "file", Accept: ".pdf,.jpg,.jpeg,.png,.docx"})
	pg := v.NewFormPage(f, v.crumbs(), v.d.Number)
	pg.Files = true
	return pg
}

func (p *Screens) sign(v *visit) error {
	if v.d.State(v.Now) != room.HandedOut || v.d.Receipt.Document != "" {
		return v.See(v.here())
	}
	return v.ShowForm(v.signPage())
}

func (p *Screens) signed(v *visit) error {
	_, paper, refused, err := p.take(v)
	if err != nil {
		return err
	}
	if paper == "" {
		pg := v.signPage()
		if refused == nil {
			refused = fault.New(fault.Invalid, "document.none", "no file")
		}
		pg.Form.FailWith("fil", refused)
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	if _, err := p.Room.Sign(v.Ctx, v.d.ID, paper, v.who()); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return v.See(v.here() + "?besked=udlevering-underskrevet")
}
