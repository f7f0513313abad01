package review

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// samples are those that inspectors have had drawn here.
func (p *Screens) samples(v *visit) error {
	all, err := p.Room.Samples(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(200, v.samplesPage(all))
}

func (v *visit) samplesPage(all []oversight.Sample) *page.Record {
	pg := v.NewRecord(v.T("review.samples.title"), v.T("review.samples.lead"), v.crumbs()...)
	pg.Actions = []fds.Link{{Href: path + "/tilsynet/ny", Text: v.T("review.samples.new")}}
	s := page.Section{ID: "proever", Heading: v.T("review.samples.all")}
	if len(all) == 0 {
		s.Empty = v.T("review.samples.empty")
	} else {
		s.Grid = page.NewGrid(s.Heading, v.T("review.samples.column.number"), v.T("review.samples.column.at"), v.T("review.samples.column.inspector"), v.T("review.samples.column.n"), v.T("review.samples.column.state"))
	}
	for _, x := range all {
		badge := &fds.Badge{Tone: fds.Info, Text: v.T("review.samples.open")}
		if !x.Concluded.IsZero() {
			badge = &fds.Badge{Tone: fds.Success, Text: v.T("review.samples.done")}
		}
		s.Grid.Add(page.Cell{Href: path + "/tilsynet/" + x.ID, Text: x.Number}, page.Cell{Text: v.DateTime(x.At)}, page.Cell{Text: x.Inspector}, page.Cell{Text: v.T("review.samples.of", v.Number(x.N), v.Number(x.Uses))}, page.Cell{Badge: badge})
	}
	pg.Add(s)
	return pg
}

func (v *visit) newSample() *page.Form {
	var kinds []fds.Choice
	for _, k := range accesslog.Kinds() {
		kinds = append(kinds, fds.Choice{Value: string(k), Text: v.T("use.kind." + string(k))})
	}
	return v.NewForm("review.sampling").Text("tilsyn", 120, false).Date("fra", false).Date("til", false).Checks("slags", kinds...).Text("antal", 4, false).Text("ord", 200, false)
}

func (v *visit) samplingPage(f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs(fds.Link{Href: path + "/tilsynet", Text: v.T("review.samples.title")}))
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("review.sampling.how"), Text: v.T("review.sampling.how.text")}
	return pg
}

func (p *Screens) sampleForm(v *visit) error {
	return v.ShowForm(v.samplingPage(v.newSample().Fill(url.Values{"tilsyn": {"Datatilsynet"}, "fra": {page.FormDate(v.Now.AddDate(0, -1, 0))}, "til": {page.FormDate(v.Now)}, "antal": {"20"},
		"slags": {string(accesslog.Footage), string(accesslog.Still), string(accesslog.Live), string(accesslog.Evidence)}})))
}

func (p *Screens) sample(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.newSample().Fill(in).Check()
	s := oversight.Sample{Inspector: f.Get("tilsyn"), Words: f.Get("ord"), Kinds: accesslog.Words(strings.Join(f.All("slags"), " "))}
	n, err := strconv.ParseInt(f.Get("antal"), 10, 32)
	if err != nil && f.Get("antal") != "" {
		f.Fail("antal", v.T("review.settings.number"))
	}
	s.N = n
	for name, at := range map[string]*time.Time{"fra": &s.Since, "til": &s.Until} {
		if *at, err = page.LocalTime(f.Get(name), "00.00"); err != nil && f.Get(name) != "" {
			f.Fail(name, v.T("uses.date.bad"))
		}
	}
	if !s.Until.IsZero() {
		s.Until = s.Until.In(page.Zone()).AddDate(0, 0, 1).UTC()
	}
	if f.OK() {
		s, err := p.Room.Inspect(v.Ctx, s, v.who())
		if err == nil {
			return v.See(path + "/tilsynet/" + s.ID)
		}
		name, ok := map[string]string{"sample.words": "ord", "sample.n": "antal", "sample.span": "til", "sample.inspector": "tilsyn", "sample.kinds": "slags"}[fault.Key(err)]
		if !ok {
			return err
		}
		f.FailWith(name, err)
	}
	return v.ShowForm(v.samplingPage(f))
}

func (p *Screens) oneSample(v *visit) error {
	s, uses, err := p.Room.Sample(v.Ctx, v.Person.Controller, v.R.PathValue("proeve"))
	if err != nil {
		return err
	}
	w := v.UseWords()
	if v.R.URL.Query().Get("format") == "pdf" {
		data, err := v.samplePaper(s, uses, w)
		if err != nil {
			return err
		}
		return v.File("vidne-stikproeve-"+s.Number+".pdf", "application/pdf", data)
	}
	again, of, err := p.Room.Redraw(v.Ctx, s)
	if err != nil {
		return err
	}
	return v.Show(200, v.samplePage(s, uses, w, of, same(again, s.Indexes())))
}

func same(a, b []int64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// sampleFacts are what a sample was drawn by.
func (v *visit) sampleFacts(s oversight.Sample) (out []paper.Fact) {
	add := func(key, text string) { out = append(out, paper.Fact{Term: v.T("review.samples." + key), Text: text}) }
	add("column.inspector", s.Inspector)
	add("column.at", v.DateTime(s.At)+", "+s.ByName)
	add("span", v.T("review.period.span", v.Date(s.Since), v.day(s.Until)))
	kinds := v.T("review.samples.kinds.all")
	if list := s.Kinds.List(); len(list) > 0 {
		for i, k := range list {
			list[i] = v.T("use.kind." + k)
		}
		kinds = strings.Join(list, ", ")
	}
	add("kinds", kinds)
	add("column.n", v.T("review.samples.of", v.Number(s.N), v.Number(s.Uses)))
	add("words", s.Words)
	seed := oversight.WordSeed(s.Words)
	add("seed", hexed(seed[:]))
	return out
}

func (v *visit) samplePage(s oversight.Sample, uses []accesslog.Use, w page.UseWords, of int, again bool) *page.Record {
	pg := v.NewRecord(v.T("review.sample.title", s.Number), v.T("review.sample.lead"), v.crumbs(fds.Link{Href: path + "/tilsynet", Text: v.T("review.samples.title")})...)
	v.Said(&pg.Shell)
	here := path + "/tilsynet/" + s.ID
	pg.Actions = []fds.Link{{Href: here + "?format=pdf", Text: v.T("review.sample.pdf")}}
	if s.Concluded.IsZero() {
		pg.Actions = append(pg.Actions, fds.Link{Href: here + "/konklusion", Text: v.T("review.sample.conclude")})
	}
	facts := &fds.StructuredList{Caption: v.T("review.sample.facts")}
	for _, f := range v.sampleFacts(s) {
		lines := folded(f.Text)
		facts.Rows = append(facts.Rows, fds.Row{Term: f.Term, Text: lines[0], More: lines[1:]})
	}
	if !s.Concluded.IsZero() {
		facts.Rows = append(facts.Rows, fds.Row{Term: v.T("review.conclude.konklusion"), Text: s.Conclusion, More: []string{v.DateTime(s.Concluded)}})
	}
	pg.Add(page.Section{ID: "fakta", Heading: v.T("review.sample.facts"), List: facts, Half: true})
	check := page.Section{ID: "igen", Heading: v.T("review.sample.again"), Lead: v.T("review.sample.again.text"), Half: true}
	if again {
		check.Alert = &fds.Alert{Tone: fds.Success, Heading: v.T("review.sample.same"), Text: v.T("review.sample.same.text", v.Number(int64(of)))}
	} else {
		check.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("review.sample.other"), Text: v.T("review.sample.other.text", v.Number(int64(of)))}
	}
	pg.Add(check)
	list := page.Section{ID: "opslag", Heading: v.T("review.sample.uses")}
	if len(uses) == 0 {
		list.Empty = v.T("review.sample.empty")
	} else {
		list.Grid = page.NewGrid(list.Heading, v.T("uses.column.index"), v.T("uses.column.time"), v.T("uses.column.who"), v.T("uses.column.what"), v.T("uses.column.why"))
	}
	for _, u := range uses {
		r := w.Row(u)
		what := page.Cell{Text: w.What(u), Quiet: r.Minutes}
		for _, t := range r.Things {
			what.More = append(what.More, t.Text)
		}
		list.Grid.Add(page.Cell{Href: r.Href, Text: strconv.FormatInt(u.Index, 10)}, page.Cell{Text: r.Time}, page.Cell{Text: r.Who, Quiet: r.Address}, what, page.Cell{Text: r.Why, Quiet: strings.TrimSpace(r.Matter + " " + r.Refused)})
	}
	pg.Add(list)
	return pg
}

// samplePaper is a sample to print: room beside each use to write what was found.
func (v *visit) samplePaper(s oversight.Sample, uses []accesslog.Use, w page.UseWords) ([]byte, error) {
	doc := v.newPaper(v.T("review.sample.title", s.Number))
	doc.Facts = v.sampleFacts(s)
	doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("review.sample.again.text")})
	t := paper.Table{Caption: v.T("review.sample.uses"), Columns: []string{v.T("uses.column.index"), v.T("uses.column.time"), v.T("uses.column.who"), v.T("uses.column.what"), v.T("review.sample.found")}, Widths: []float64{1.2, 2, 2, 5, 4}}
	for _, u := range uses {
		r := w.Row(u)
		what := []string{w.What(u)}
		for _, x := range r.Things {
			what = append(what, x.Text)
		}
		for _, x := range []string{r.Minutes, r.Why, r.Matter, r.Refused} {
			if x != "" {
				what = append(what, x)
			}
		}
		t.Rows = append(t.Rows, []string{strconv.FormatInt(u.Index, 10), r.Time, r.Who, strings.Join(what, "\n"), ""})
	}
	doc.Blocks = append(doc.Blocks, t)
	if s.Conclusion != "" {
		doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: v.T("review.conclude.konklusion")}, paper.Paragraph{Text: s.Conclusion})
	}
	return printed(doc)
}

func (v *visit) newPaper(title string) *paper.Paper {
	return &paper.Paper{Lang: string(v.Lang), Title: title, Source: v.T("handover.source", v.Controller.Name), Made: v.Now, MadeText: v.DateTime(v.Now), PageText: v.T("committee.page")}
}

// printed is a paper as PDF, with the faces of the interface.
func printed(doc *paper.Paper) ([]byte, error) {
	regular, err := web.Font("Regular")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	bold, err := web.Font("Bold")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	var b bytes.Buffer
	err = doc.PDF(&b, paper.Fonts{Regular: regular, Bold: bold})
	return b.Bytes(), err
}

func (v *visit) newConclude() *page.Form {
	return v.NewForm("review.conclude").Area("konklusion", oversight.Longest, 6, false)
}

func (v *visit) concludePage(s oversight.Sample, f *page.Form) *page.FormPage {
	return v.NewFormPage(f, v.crumbs(fds.Link{Href: path + "/tilsynet/" + s.ID, Text: v.T("review.sample.title", s.Number)}), s.Number)
}

func (p *Screens) concludeForm(v *visit) error {
	s, _, err := p.Room.Sample(v.Ctx, v.Person.Controller, v.R.PathValue("proeve"))
	if err != nil {
		return err
	}
	return v.ShowForm(v.concludePage(s, v.newConclude()))
}

func (p *Screens) conclude(v *visit) error {
	s, _, err := p.Room.Sample(v.Ctx, v.Person.Controller, v.R.PathValue("proeve"))
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.newConclude().Fill(in).Check()
	if f.OK() {
		err := p.Room.Conclude(v.Ctx, s.ID, f.Get("konklusion"), v.who())
		if err == nil {
			return v.See(path + "/tilsynet/" + s.ID + "?besked=proeve-konkluderet")
		}
		if fault.Key(err) != "sample.conclusion" {
			return err
		}
		f.FailWith("konklusion", err)
	}
	return v.ShowForm(v.concludePage(s, f))
}
