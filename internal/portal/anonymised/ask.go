package anonymised

import (
	"net/http"
	"net/url"
	"time"

	room "vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
)

// askForm asks for whom the copy is, and which minutes of which camera.
func (v *visit) askForm() *page.Form {
	f := v.NewForm("copyask").Text("hvem", incident.LongLine, false).Area("kendes", incident.Longest, 2, true)
	f.Section("what")
	var cameras []fds.Choice
	for _, c := range v.all {
		cameras = append(cameras, fds.Choice{Value: c.ID, Text: c.Name})
	}
	f.Select("kamera", cameras...)
	f.Add(fds.Field{Name: "fra-dato", Type: "date", Width: "medium"})
	f.Add(fds.Field{Name: "fra", Width: "tiny", MaxLength: 8})
	f.Add(fds.Field{Name: "til-dato", Type: "date", Width: "medium"})
	f.Add(fds.Field{Name: "til", Width: "tiny", MaxLength: 8})
	f.Area("ord", incident.Longest, 2, false)
	return f.Checks("grundig", fds.Choice{Value: "1", Text: v.T("copyask.grundig.yes"), Hint: v.T("copyask.grundig.yes.hint")})
}

func (v *visit) askPage() *page.FormPage {
	s := v.scope
	to := s.To
	if longest := s.From.Add(room.Longest); to.After(longest) {
		to = longest
	}
	in := url.Values{"hvem": {s.For}, "kendes": {s.Looks}, "fra-dato": {page.FormDate(s.From)}, "fra": {v.ClockSeconds(s.From)}, "til-dato": {page.FormDate(to)}, "til": {v.ClockSeconds(to)}}
	if len(s.Cameras) > 0 {
		in.Set("kamera", s.Cameras[0])
	}
	pg := v.NewFormPage(v.askForm().Fill(in), v.crumbs(), s.Number)
	pg.Lead = v.T("copyask.lead")
	return pg
}

func (p *Screens) ask(v *visit) error {
	if !v.scope.Open {
		return fault.New(fault.Conflict, "copy.closed", "%s lets no copy be made", v.scope.Number)
	}
	return v.ShowForm(v.askPage())
}

func (v *visit) moment(f *page.Form, date, clock string) time.Time {
	t, err := page.LocalTime(f.Get(date), f.Get(clock))
	if err != nil && f.Get(clock) != "" {
		f.Fail(clock, v.T("incident.time.bad"))
	}
	return t
}

func (p *Screens) asked(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.askForm().Fill(in).Check()
	d := room.Draft{Camera: f.Get("kamera"), For: f.Get("hvem"), Looks: f.Get("kendes"), Words: f.Get("ord"), Thorough: len(f.All("grundig")) > 0,
		From: v.moment(f, "fra-dato", "fra"), To: v.moment(f, "til-dato", "til")}
	if f.OK() {
		c, err := p.Room.Begin(v.Ctx, v.scope.Kind, v.scope.ID, d, v.who())
		fields := map[string]string{"copy.camera": "kamera", "copy.interval": "til", "copy.beyond": "fra", "copy.long": "til", "copy.for": "hvem", "copy.looks": "kendes", "copy.words": "ord", "media.none": "fra"}
		switch {
		case err == nil:
			return v.See(path + "/" + c.ID)
		case fields[fault.Key(err)] != "":
			f.FailWith(fields[fault.Key(err)], err)
		case c.Number != "" && (fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Refused)):
			return v.See(path + "/" + c.ID) // it stands; its page says what is missing
		default:
			return err
		}
	}
	pg := v.askPage()
	pg.Form = f
	return v.Show(http.StatusUnprocessableEntity, pg)
}
