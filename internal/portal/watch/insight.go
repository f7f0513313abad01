package watch

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
)

// A registered person has the right to know when their data were looked at, and
// for what (GDPR article 15, as the Court of Justice has it in C-579/21), and
// normally not who did: no name, id or address of an employee is in what this
// makes.

// told is one look, as the registered person is told it.
type told struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Cameras []string  `json:"cameras"`
	From    time.Time `json:"from"` // the minutes that concern the person
	To      time.Time `json:"to"`
	Purpose string    `json:"purpose"`
}

func (v *visit) newInsight() *page.Form {
	return v.NewForm("insight").Text("reference", 80, false).Text("kamera", 100, false).Date("fra", false).Text("fra-tid", 8, false).Date("til", false).Text("til-tid", 8, false).
		Select("format", fds.Choice{Value: "pdf", Text: "PDF"}, fds.Choice{Value: "csv", Text: "CSV"}, fds.Choice{Value: "json", Text: "JSON"}).Area("grund", 1000, 3, false)
}

func (v *visit) insightPage(f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, []fds.Link{{Href: logPath, Text: v.T("log.title")}})
	pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("insight.read"), Text: v.T("insight.read.text")}
	return pg
}

func (p *Screens) insightForm(v *visit) error {
	day := page.FormDate(v.Now)
	f := v.newInsight().Fill(url.Values{"fra": {day}, "til": {day}, "fra-tid": {"00.00"}, "til-tid": {"23.59"}, "format": {"pdf"}})
	return v.ShowForm(v.insightPage(f))
}

// insight makes the extract for a registered person. It is an act that stands
// in the ledger before the file is sent.
func (p *Screens) insight(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.newInsight().Fill(in).Check()
	from, err1 := page.LocalTime(f.Get("fra"), f.Get("fra-tid"))
	to, err2 := page.LocalTime(f.Get("til"), f.Get("til-tid"))
	switch {
	case err1 != nil && f.Get("fra") != "" && f.Get("fra-tid") != "":
		f.Fail("fra", v.T("uses.date.bad"))
	case err2 != nil && f.Get("til") != "" && f.Get("til-tid") != "":
		f.Fail("til", v.T("uses.date.bad"))
	case err1 == nil && err2 == nil && !from.Before(to):
		f.Fail("til", v.T("uses.date.order"))
	}
	if len([]rune(f.Get("grund"))) < page.ShortestReason {
		f.Fail("grund", v.T("grave.reason.short", page.ShortestReason))
	}
	var cameras []string
	if f.Get("kamera") != "" {
		if cameras, err = p.camerasNamed(v, f.Get("kamera")); err != nil {
			return err
		}
		if len(cameras) == 1 {
			if _, err := p.Register.Camera(v.Ctx, v.Person.Controller, cameras[0]); err != nil {
				f.Fail("kamera", v.T("insight.kamera.none", f.Get("kamera")))
			}
		}
	}
	if !f.OK() {
		return v.ShowForm(v.insightPage(f))
	}
	uses, err := p.Accesslog().Some(v.Ctx, accesslog.Query{Controller: v.Person.Controller, Cameras: cameras, Minutes: [2]time.Time{from, to}}, mostHanded)
	if err != nil {
		return err
	}
	looks, err := p.told(v, uses, cameras, from, to)
	if err != nil {
		return err
	}
	name, kind, data, err := v.toldFile(f, looks, from, to)
	if err != nil {
		return err
	}
	if err := p.DB.Write(v.Ctx, func(tx *db.Tx) error {
		_, err := p.Ledger.Append(v.Ctx, tx, v.Now, "log.insight", v.Entry(map[string]any{"reason": f.Get("grund"), "reference": f.Get("reference"), "cameras": cameras,
			"since": from.UTC(), "until": to.UTC(), "count": len(looks), "file": name, "sha256": sum(data)}))
		return err
	}); err != nil {
		return err
	}
	return v.File(name, kind, data)
}

// told is what a registered person is told of uses: looks alone, the minutes
// that concern them, and purposes without the names of employees.
func (p *Screens) told(v *visit, uses []accesslog.Use, cameras []string, from, to time.Time) (out []told, err error) {
	people, err := p.Accesslog().People(v.Ctx, v.Person.Controller, "", 1<<20)
	if err != nil {
		return nil, err
	}
	hide := nameless(people, v.T("insight.hidden"))
	w := v.UseWords()
	for _, u := range slices.Backward(uses) {
		if u.Refused != "" || u.Entry == "view.closed" || u.Since == 0 || u.Kind != accesslog.Footage && u.Kind != accesslog.Still && u.Kind != accesslog.Live && u.Kind != accesslog.Evidence {
			continue
		}
		l := told{At: u.At.UTC(), Kind: v.T("use.kind." + string(u.Kind)), From: later(u.From(), from).UTC(), To: sooner(u.To(), to).UTC(), Purpose: hide(v.Why(u)), Cameras: []string{}}
		for _, id := range u.Cameras.List() {
			if slices.Contains(cameras, id) {
				l.Cameras = append(l.Cameras, w.Camera(id))
			}
		}
		out = append(out, l)
	}
	return out, nil
}

// nameless takes the names of employees out of a text.
func nameless(people []accesslog.Person, instead string) func(string) string {
	var names []string
	for _, p := range people {
		for _, part := range append([]string{p.Name, p.Person}, strings.Fields(p.Name)...) {
			if len([]rune(part)) > 2 {
				names = append(names, regexp.QuoteMeta(part))
			}
		}
	}
	if names == nil {
		return func(s string) string { return s }
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) }) // the whole name before its parts
	form := regexp.MustCompile(`(?i)(^|[^\pL\pN])(?:` + strings.Join(slices.Compact(names), "|") + `)(s?)($|[^\pL\pN])`)
	return func(s string) string {
		for range 3 { // neighbours share the character between them
			s = form.ReplaceAllString(s, "${1}"+instead+"${3}")
		}
		return s
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func sooner(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// toldFile is the looks as the file that was asked for.
func (v *visit) toldFile(f *page.Form, looks []told, from, to time.Time) (name, kind string, data []byte, err error) {
	name = "indsigt-i-log-" + v.Now.In(page.Zone()).Format(time.DateOnly) + "." + f.Get("format")
	switch f.Get("format") {
	case "json":
		data, err = json.MarshalIndent(struct {
			Controller string    `json:"controller"`
			Made       time.Time `json:"made"`
			Reference  string    `json:"reference"`
			From       time.Time `json:"from"`
			To         time.Time `json:"to"`
			Looks      []told    `json:"looks"`
		}{v.Controller.Name, v.Now.UTC(), f.Get("reference"), from.UTC(), to.UTC(), append([]told{}, looks...)}, "", "  ")
		return name, "application/json", data, fault.As(fault.Internal, "", err)
	case "csv":
		var b strings.Builder
		t := sheet.Table{Name: v.T("insight.paper"), Head: []string{v.T("uses.column.time"), v.T("uses.column.kind"), v.T("uses.column.camera"), v.T("uses.column.since"), v.T("uses.column.until"), v.T("uses.column.why")}}
		for _, l := range looks {
			t.Rows = append(t.Rows, []sheet.Cell{sheet.Moment(l.At.In(page.Zone())), sheet.Text(l.Kind), sheet.Text(strings.Join(l.Cameras, ", ")),
				sheet.Moment(l.From.In(page.Zone())), sheet.Moment(l.To.In(page.Zone())), sheet.Text(l.Purpose)})
		}
		err = t.CSV(&b)
		return name, "text/csv; charset=utf-8", []byte(b.String()), err
	}
	doc := v.newPaper(v.T("insight.paper"))
	doc.Facts = []paper.Fact{{Term: v.T("handover.fact.controller"), Text: v.Controller.Name}, {Term: v.T("insight.reference"), Text: f.Get("reference")},
		{Term: v.T("insight.fact.minutes"), Text: v.DateTime(from) + " – " + v.DateTime(to)}, {Term: v.T("handover.fact.count"), Text: v.Number(int64(len(looks)))}}
	doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("insight.paper.lead")})
	if len(looks) == 0 {
		doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("insight.paper.none"), Strong: true})
	} else {
		t := paper.Table{Caption: v.T("insight.paper"), Columns: []string{v.T("uses.column.time"), v.T("uses.column.kind"), v.T("uses.column.camera"), v.T("insight.column.minutes"), v.T("uses.column.why")}, Widths: []float64{2, 2, 2, 3, 4}}
		for _, l := range looks {
			t.Rows = append(t.Rows, []string{v.DateTime(l.At), l.Kind, strings.Join(l.Cameras, "\n"), v.DateTime(l.From) + " –\n" + v.DateTime(l.To), l.Purpose})
		}
		doc.Blocks = append(doc.Blocks, t)
	}
	doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("insight.paper.foot"), Quiet: true})
	data, err = printed(doc)
	return name, "application/pdf", data, err
}
