package disclosure

import (
	"net/http"
	"net/url"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/anonymised"
	room "vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
)

// ofCopy is the anonymised copy that is handed on: one that somebody approved,
// for the other party of a dispute or for whoever asked by right.
func (p *Screens) ofCopy(v *page.Visit) (access.Object, error) {
	c, err := p.Copies.Get(v.Ctx, v.Person.Controller, v.R.PathValue("kopi"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{copy: c}
	if err := p.around(v, &f, c.Location, []string{c.Camera}); err != nil {
		return access.Object{}, err
	}
	if c.Source.Kind == anonymised.OfLock { // what is not in order yet is put right in its incident
		h, err := p.Holds.Get(v.Ctx, c.Controller, c.Source.ID)
		if err != nil {
			return access.Object{}, err
		}
		if f.incident, err = p.Incidents.Get(v.Ctx, c.Controller, h.Incident); err != nil {
			return access.Object{}, err
		}
	}
	v.Keep(f)
	return access.Object{Controller: c.Controller, Location: c.Location, Reference: c.Number}, nil
}

// copyKind is the kind of disclosure that a copy is for, and what it begins
// from; one that nobody has approved goes out by none.
func (v *visit) copyKind() (d room.Draft, err error) {
	if s := v.copy.State(); s != anonymised.Approved {
		return d, fault.New(fault.Conflict, "copy.state", "copy %s is %s", v.copy.Number, s)
	}
	d.Copy = v.copy.ID
	switch v.copy.Source.Kind {
	case anonymised.OfLock:
		d.Kind, d.Lock = room.ToOtherParty, v.copy.Source.ID
	case anonymised.OfRequest:
		d.Kind, d.Request = room.ToRegistered, v.copy.Source.ID
	}
	return d, nil
}

func (v *visit) copyPage(kind room.Kind) *page.FormPage {
	f := v.NewForm("disclose").Section("who").Text("navn", incident.LongLine, false).Text("sted", incident.LongLine, true).Text("telefon", incident.LongLine, true)
	f.Area("ord", incident.Longest, 3, false)
	in := url.Values{"navn": {v.copy.For}, "ord": {v.T("disclose.copy.words", v.copy.Number, v.copy.Source.Number)}}
	pg := v.NewFormPage(f.Fill(in), []fds.Link{{Href: "/kopier", Text: v.T("copies.title")}, {Href: "/kopier/" + v.copy.ID, Text: v.copy.Number}})
	rule, _ := kind.Rule()
	pg.Title = v.T("disclosure.kind."+string(kind)+".do") + ", " + v.copy.Number
	pg.Lead = v.T("disclosure.kind."+string(kind)+".hint") + " (" + rule.Cite + ")"
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("disclose.copy", v.name(v.copy.Camera), v.DateTimeSeconds(v.copy.From), v.ClockSeconds(v.copy.To)), Text: v.T("disclose.copy.text")}
	return pg
}

func (p *Screens) askCopy(v *visit) error {
	d, err := v.copyKind()
	if err != nil {
		return err
	}
	return v.ShowForm(v.copyPage(d.Kind))
}

func (p *Screens) askedCopy(v *visit) error {
	d, err := v.copyKind()
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.copyPage(d.Kind)
	f := pg.Form.Fill(in).Check()
	d.Words, d.Recipient = f.Get("ord"), room.Recipient{Name: f.Get("navn"), Station: f.Get("sted"), Phone: f.Get("telefon")}
	if f.OK() {
		made, err := p.Room.Open(v.Ctx, d, v.who())
		switch field := askFields()[fault.Key(err)]; {
		case err == nil:
			return v.See(path + "/" + made.ID + "?besked=udlevering-bedt")
		case fault.Is(err, fault.Denied):
			pg.Alert = v.missing(err)
			return v.Show(http.StatusConflict, pg)
		case field == "navn" || field == "ord":
			f.FailWith(field, err)
		default:
			return err
		}
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}
