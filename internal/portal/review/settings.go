package review

import (
	"net/url"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/portal/page"
)

// rules shows what is drawn and by what, as it is.
func (p *Screens) rules(v *visit) error {
	set, err := p.Room.Settings(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(200, v.rulesPage(set))
}

func (v *visit) rulesPage(s oversight.Settings) *page.Record {
	pg := v.NewRecord(v.T("review.rules.title"), v.T("review.rules.lead"), v.crumbs()...)
	v.Said(&pg.Shell)
	pg.Actions = []fds.Link{{Href: path + "/regler/ret", Text: v.T("review.rules.edit")}, {Href: path + "/tilknytninger", Text: v.T("review.ties.title")}}
	size := v.T("review.rules.size.usual", s.Least, s.Percent, s.Cap)
	if s.PerMille > 0 {
		size = v.T("review.rules.size.share", share(s.PerMille), oversight.ToSee(s.PerMille))
	}
	pg.Add(page.Section{ID: "fast", Heading: v.T("review.rules.fixed"), Half: true, List: &fds.StructuredList{Caption: v.T("review.rules.fixed"), Rows: []fds.Row{
		{Term: v.T("review.settings.periode"), Text: v.T("review.every." + string(s.Every))}, {Term: v.T("review.rules.size"), Text: size}, {Term: v.T("review.rules.quarter"), Text: v.T("review.rules.quarter.text")},
		{Term: v.T("review.settings.svarfrist"), Text: v.N("review.workdays", int64(s.AnswerDays))}, {Term: v.T("review.settings.frist"), Text: v.N("review.workdays", int64(s.ReviewDays))},
		{Term: v.T("review.rules.hours"), Text: v.T("review.rules.hours.text", s.Begins, s.Stops)}, {Term: v.T("review.rules.kept"), Text: v.T("review.rules.kept.text", oversight.KeepMonths)}}}})
	grave := page.Section{ID: "altid", Heading: v.T("review.rules.grave"), Lead: v.T("review.rules.grave.lead"), Half: true, List: &fds.StructuredList{Caption: v.T("review.rules.grave")}}
	for _, g := range oversight.Graves() {
		grave.List.Rows = append(grave.List.Rows, fds.Row{Term: v.T("review.grave." + g), Text: v.T("review.grave." + g + ".text")})
	}
	pg.Add(grave)
	alarms := page.Section{ID: "alarmer", Heading: v.T("review.rules.alarms"), Lead: v.T("review.rules.alarms.lead"), Grid: page.NewGrid(v.T("review.rules.alarms"), v.T("review.rules.column.rule"), v.T("review.rules.column.limit"), v.T("review.rules.column.used"))}
	for _, r := range oversight.Rules() {
		limit := ""
		if r.Limit > 0 {
			limit = v.T("review.limit."+r.ID, s.Limit(r))
		}
		badge := &fds.Badge{Tone: fds.Success, Text: v.T("review.rules.on")}
		if has(s.Off, r.ID) {
			badge = &fds.Badge{Text: v.T("review.rules.off")}
		}
		alarms.Grid.Add(page.Cell{Text: v.ruleName(r.ID), Quiet: v.T("review.rule." + r.ID + ".text")}, page.Cell{Text: limit}, page.Cell{Badge: badge})
	}
	pg.Add(alarms)
	return pg
}

// share is so many of a thousand in per cent, as people write it.
func share(perMille int) string {
	return strings.ReplaceAll(strconv.FormatFloat(float64(perMille)/10, 'f', -1, 64), ".", ",")
}

func (v *visit) newSettings() *page.Form {
	var used []fds.Choice
	for _, r := range oversight.Rules() {
		used = append(used, fds.Choice{Value: r.ID, Text: v.ruleName(r.ID)})
	}
	f := v.NewForm("review.settings").Section("traekning").
		Radio("periode", fds.Choice{Value: string(oversight.Week), Text: v.T("review.every.week")}, fds.Choice{Value: string(oversight.Month), Text: v.T("review.every.month")}).
		Text("andel", 6, true).Text("mindst", 4, false).Text("procent", 4, false).Text("loft", 5, false).
		Section("frister").Text("svarfrist", 3, false).Text("frist", 3, false).
		Section("alarmer").Checks("regler", used...).Text("begynder", 2, false).Text("slutter", 2, false)
	for _, r := range oversight.Rules() {
		if r.Limit > 0 {
			f.Text("graense-"+r.ID, 4, false)
		}
	}
	return f.Section("begrundelse").Area("grund", oversight.Longest, 3, false)
}

func settingsValues(s oversight.Settings) url.Values {
	n := strconv.Itoa
	in := url.Values{"periode": {string(s.Every)}, "mindst": {n(s.Least)}, "procent": {n(s.Percent)}, "loft": {n(s.Cap)}, "svarfrist": {n(s.AnswerDays)}, "frist": {n(s.ReviewDays)},
		"begynder": {n(s.Begins)}, "slutter": {n(s.Stops)}}
	if s.PerMille > 0 {
		in.Set("andel", share(s.PerMille))
	}
	for _, r := range oversight.Rules() {
		if !has(s.Off, r.ID) {
			in.Add("regler", r.ID)
		}
		if r.Limit > 0 {
			in.Set("graense-"+r.ID, n(s.Limit(r)))
		}
	}
	return in
}

func (v *visit) settingsPage(f *page.Form) *page.FormPage {
	return v.NewFormPage(f, v.crumbs(fds.Link{Href: path + "/regler", Text: v.T("review.rules.title")}))
}

func (p *Screens) settingsForm(v *visit) error {
	set, err := p.Room.Settings(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.ShowForm(v.settingsPage(v.newSettings().Fill(settingsValues(set))))
}

// settingsOf reads the form; what is no number is said at its field.
func (v *visit) settingsOf(f *page.Form) oversight.Settings {
	number := func(name string) int {
		n, err := strconv.Atoi(f.Get(name))
		if err != nil && f.Get(name) != "" {
			f.Fail(name, v.T("review.settings.number"))
		}
		return n
	}
	s := oversight.Settings{Every: oversight.Every(f.Get("periode")), AnswerDays: number("svarfrist"), ReviewDays: number("frist"), Begins: number("begynder"), Stops: number("slutter"), Limits: map[string]int{}}
	s.Least, s.Percent, s.Cap = number("mindst"), number("procent"), number("loft")
	if text := f.Get("andel"); text != "" {
		percent, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
		if err != nil || percent <= 0 || percent > 50 {
			f.Fail("andel", v.T("fault.review.settings.share"))
		}
		s.PerMille = int(percent*10 + .5)
	}
	on := f.All("regler")
	for _, r := range oversight.Rules() {
		if !has(on, r.ID) {
			s.Off = append(s.Off, r.ID)
		}
		if r.Limit > 0 {
			s.Limits[r.ID] = number("graense-" + r.ID)
		}
	}
	return s
}

func (p *Screens) saveSettings(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.newSettings().Fill(in).Check()
	set := v.settingsOf(f)
	if f.OK() {
		err := p.Room.Decide(v.Ctx, set, f.Get("grund"), v.who())
		if err == nil {
			return v.See(path + "/regler?besked=stikproeveregler-gemt")
		}
		name, ok := map[string]string{"review.settings.every": "periode", "review.settings.share": "andel", "review.settings.least": "mindst", "review.settings.percent": "procent", "review.settings.cap": "loft",
			"review.settings.answer": "svarfrist", "review.settings.review": "frist", "review.settings.hours": "slutter", "review.settings.limit": "regler", "review.reason": "grund"}[fault.Key(err)]
		if !ok {
			return err
		}
		f.FailWith(name, err)
	}
	return v.ShowForm(v.settingsPage(f))
}
