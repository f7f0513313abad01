package cases

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
)

func itoa(n int) string { return strconv.Itoa(n) }

// atoi is the number of a hidden field; 0 when it is none.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// hoursPart is the hours that cameras follow, and the frame around them.
type hoursPart struct {
	List  fds.StructuredList
	Empty string
	Links []fds.Link
}

const (
	newPattern = "nyt"
	theFrame   = "ramme"
	zone       = "Europe/Copenhagen"
)

func (v *visit) hoursPart(look dossier.View, app casework.Application) *hoursPart {
	part := &hoursPart{List: fds.StructuredList{Caption: v.T("hours.title")}}
	row := func(id, name string, p casework.Pattern) {
		r := fds.Row{Term: name, Text: p.Hours.Explain(string(v.Lang)), More: some(p.Reason)}
		if p.Closed {
			r.More = append(r.More, v.T("hours.closed.on"))
		}
		if writes(look) {
			r.Link = &fds.Link{Href: path(look.Case, "/tidsrum/"+id), Text: v.T("hours.change", name)}
		}
		part.List.Rows = append(part.List.Rows, r)
	}
	for _, h := range app.Hours {
		row(h.ID, h.Name, h)
	}
	if app.Frame.ID != "" {
		row(theFrame, v.T("hours.frame"), app.Frame)
	}
	if len(part.List.Rows) == 0 {
		part.Empty = v.T("hours.none")
	}
	if writes(look) {
		part.Links = append(part.Links, fds.Link{Href: path(look.Case, "/tidsrum/"+newPattern), Text: v.T("hours.add")})
		if app.Frame.ID == "" {
			part.Links = append(part.Links, fds.Link{Href: path(look.Case, "/tidsrum/"+theFrame), Text: v.T("hours.add.frame")})
		}
	}
	return part
}

func (v *visit) patternForm(frame bool) *page.Form {
	f := v.NewForm("hours")
	if !frame {
		f.Text("navn", 100, false)
	}
	f.Section("week")
	for d := range 7 {
		f.Add(fds.Field{Name: day(d), MaxLength: 100, Optional: true, Width: "medium"})
	}
	if !frame {
		f.Section("days").Checks("lukkedage", fds.Choice{Value: "ja", Text: v.T("hours.lukkedage.yes")}).Area("grund", 2000, 3, true)
	}
	return f
}

func day(d int) string { return "dag-" + itoa(d+1) }

func findPattern(app casework.Application, id string) (casework.Pattern, bool) {
	if id == theFrame {
		return app.Frame, true
	}
	if id == newPattern {
		return casework.Pattern{Hours: permit.Hours{Zone: zone, Dates: []permit.Date{}}}, true
	}
	i := slices.IndexFunc(app.Hours, func(h casework.Pattern) bool { return h.ID == id })
	if i < 0 {
		return casework.Pattern{}, false
	}
	return app.Hours[i], true
}

func (p *Screens) pattern(v *visit, look dossier.View) error {
	id := v.R.PathValue("tidsrum")
	h, ok := findPattern(shown(look), id)
	if !ok {
		return fault.New(fault.NotFound, "hours.unknown", "no hours %.40q in case %s", id, look.Case.ID)
	}
	in := url.Values{"navn": {h.Name}, "grund": {h.Reason}}
	if h.Closed {
		in.Set("lukkedage", "ja")
	}
	for d := range 7 {
		in.Set(day(d), spansText(h.Hours.Week[d]))
	}
	return v.ShowForm(v.patternPage(look, v.patternForm(id == theFrame).Fill(in)))
}

func (v *visit) patternPage(look dossier.View, f *page.Form) *page.FormPage {
	task := v.taskKind(look, casework.TaskHours)
	crumbs := append(v.crumbs(look.Case), fds.Link{Href: path(look.Case, "/ansoegning"), Text: v.T("tasks.title")}, fds.Link{Href: path(look.Case, "/ansoegning/"+task), Text: v.T("hours.back")})
	pg := v.NewFormPage(f, crumbs)
	if v.R.PathValue("tidsrum") == theFrame {
		pg.Title, pg.Lead = v.T("hours.frame"), v.T("hours.frame.lead")
	}
	pg.Hidden = []fds.Choice{{Text: "base", Value: itoa(look.Draft.Version)}}
	if !writes(look) {
		pg.Alert = v.locked(look)
	} else if open := v.openHours(look); open != "" {
		pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("hours.open"), Text: open}
	}
	return pg
}

// openHours is when the places are open: hours within it need their reason.
func (v *visit) openHours(look dossier.View) string {
	var out []string
	for _, id := range look.Case.Locations {
		l, err := v.Site.Register.Location(v.Ctx, look.Case.Controller, id)
		if err == nil && l.Opening.Hours.Check() == nil {
			out = append(out, l.Name+": "+l.Opening.Hours.Explain(string(v.Lang)))
		}
	}
	return strings.Join(out, " ")
}

func (p *Screens) savePattern(v *visit, look dossier.View) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	id := v.R.PathValue("tidsrum")
	app := look.Draft.Application
	h, ok := findPattern(app, id)
	if !ok || !writes(look) {
		return fault.New(fault.Conflict, "case.sent", "hours %.40q of case %s cannot be written", id, look.Case.ID)
	}
	f := v.patternForm(id == theFrame).Fill(in).Check()
	h.Hours.Zone = zone
	if h.Hours.Dates == nil {
		h.Hours.Dates = []permit.Date{}
	}
	some := false
	for d := range 7 {
		spans, err := parseSpans(f.Get(day(d)))
		if err != nil {
			f.Fail(day(d), v.T("hours.bad", f.Get(day(d))))
			continue
		}
		h.Hours.Week[d] = spans
		some = some || len(spans) > 0
	}
	if f.OK() && !some {
		f.Fail(day(0), v.T("hours.empty"))
	}
	if f.OK() {
		if err := h.Hours.Check(); err != nil {
			f.Fail(day(0), v.T("hours.overlap"))
		}
	}
	if !f.OK() {
		return v.ShowForm(v.patternPage(look, f))
	}
	edit := dossier.Edit{Base: atoi(in.Get("base"))}
	if id == theFrame {
		h.ID, h.Name = theFrame, v.T("hours.frame")
		edit.Frame = &h
	} else {
		h.Name, h.Reason, h.Closed = f.Get("navn"), clean(in.Get("grund")), in.Get("lukkedage") == "ja"
		list := slices.Clone(app.Hours)
		if id == newPattern {
			for n := len(list) + 1; h.ID == "" || slices.ContainsFunc(list, func(o casework.Pattern) bool { return o.ID == h.ID }); n++ {
				h.ID = fmt.Sprintf("t%d", n)
			}
			list = append(list, h)
		}
		for i := range list {
			if list[i].ID == h.ID {
				list[i] = h
			}
		}
		edit.Hours = &list
	}
	if _, err := p.Cases.SaveDraft(v.Ctx, look.Case.Controller, look.Case.ID, edit, v.who()); err != nil {
		return err
	}
	return v.See(path(look.Case, "/ansoegning/"+v.taskKind(look, casework.TaskHours)+"?besked=kladde-gemt"))
}

// spansText is the windows of a day as people write them: "16.00-07.00".
func spansText(spans permit.Spans) string {
	var out []string
	for _, s := range spans {
		if s.From == "00:00" && s.To == "24:00" {
			return "hele døgnet"
		}
		out = append(out, strings.ReplaceAll(s.From+"-"+s.To, ":", "."))
	}
	return strings.Join(out, ", ")
}

// parseSpans reads the windows of a day: "16-07", "16.00-07.00, 12-13", "hele
// døgnet", "døgnet rundt", or nothing.
func parseSpans(text string) (permit.Spans, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	switch text {
	case "", "-", "lukket", "closed", "none", "ingen":
		return permit.Spans{}, nil
	case "hele døgnet", "døgnet rundt", "all day", "24":
		return permit.Spans{{From: "00:00", To: "24:00"}}, nil
	}
	out, err := page.ReadSpans(strings.ReplaceAll(text, "kl.", ""))
	if err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].From == out[i].To {
			return nil, fault.New(fault.Invalid, "hours.bad", "%s is no time at all", out[i].From)
		}
		if out[i].To == "00:00" {
			out[i].To = "24:00"
		}
	}
	return out, nil
}
