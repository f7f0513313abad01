package watch

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// Bounds on what is handed out at once.
const (
	mostHanded = 20_000
	// mostPrinted is how many uses the PDF lists; the CSV has them all.
	mostPrinted = 5_000
)

// handedFormat names the form that docs/ref/log-extract.md describes.
const handedFormat = "vidne-log-extract-1"

// manifest says what a package holds. Its hash stands in the ledger's entry of
// the act.
type manifest struct {
	Format     string            `json:"format"`
	Controller string            `json:"controller"`
	Log        string            `json:"log"`
	Made       time.Time         `json:"made"`
	From       time.Time         `json:"from"`
	To         time.Time         `json:"to"`
	Count      int               `json:"count"`
	Entries    string            `json:"entries"` // numbers in the ledger: "3-5,9"
	Files      map[string]string `json:"files"`   // SHA-256 of each
}

func (v *visit) handoverPage(f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, []fds.Link{{Href: logPath, Text: v.T("log.title")}})
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("handover.what"), Text: v.T("handover.what.text")}
	return pg
}

func (v *visit) newHandover() *page.Form {
	return v.NewForm("handover").Text("modtager", 100, false).Text("reference", 80, true).Date("fra", false).Date("til", false).
		Text("hvem", 100, true).Text("kamera", 100, true).Area("grund", 1000, 3, false)
}

func (p *Screens) handoverForm(v *visit) error {
	f := v.newHandover().Fill(url.Values{"modtager": {"Datatilsynet"}, "fra": {page.FormDate(v.Now.AddDate(0, -1, 0))}, "til": {page.FormDate(v.Now)}})
	return v.ShowForm(v.handoverPage(f))
}

// handOver makes the package for the authority: an act, with its reason, that
// stands in the ledger before the file is sent and is shown in it.
func (p *Screens) handOver(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.newHandover().Fill(in).Check()
	q := p.periodOf(v, f)
	if text := f.Get("hvem"); text != "" {
		people, err := p.Accesslog().People(v.Ctx, q.Controller, text, accesslog.MostPeople)
		if err != nil {
			return err
		}
		for _, x := range people {
			q.People = append(q.People, x.Person)
		}
		if len(people) == 0 {
			f.Fail("hvem", v.T("handover.hvem.none", text))
		}
	}
	if q.Cameras, err = p.camerasNamed(v, f.Get("kamera")); err != nil {
		return err
	}
	if len([]rune(f.Get("grund"))) < page.ShortestReason {
		f.Fail("grund", v.T("grave.reason.short", page.ShortestReason))
	}
	if !f.OK() {
		return v.ShowForm(v.handoverPage(f))
	}
	uses, err := p.Accesslog().Some(v.Ctx, q, mostHanded)
	if fault.Key(err) == "log.many" || fault.Key(err) == "log.broad" {
		f.FailWith("fra", err)
		return v.ShowForm(v.handoverPage(f))
	}
	if err != nil {
		return err
	}
	slices.SortFunc(uses, func(a, b accesslog.Use) int { return cmp.Compare(a.Index, b.Index) })
	file, err := p.handed(v, f, q, uses)
	if err != nil {
		return err
	}
	return v.File("vidne-logudtraek-"+v.Person.Controller+"-"+v.Now.In(page.Zone()).Format(time.DateOnly)+".zip", "application/zip", file)
}

// periodOf reads the period of a form, whose days are whole.
func (p *Screens) periodOf(v *visit, f *page.Form) (q accesslog.Query) {
	var err error
	q.Controller = v.Person.Controller
	if q.From, err = page.LocalTime(f.Get("fra"), "00:00"); err != nil && f.Get("fra") != "" {
		f.Fail("fra", v.T("uses.date.bad"))
	}
	to, err := page.LocalTime(f.Get("til"), "00:00")
	if err != nil && f.Get("til") != "" {
		f.Fail("til", v.T("uses.date.bad"))
	}
	if err == nil {
		q.To = to.In(page.Zone()).AddDate(0, 0, 1).UTC()
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		f.Fail("til", v.T("uses.date.order"))
	}
	return q
}

// handed makes the files, enters the act, and puts the proof beside them.
func (p *Screens) handed(v *visit, f *page.Form, q accesslog.Query, uses []accesslog.Use) ([]byte, error) {
	w := v.UseWords()
	files := map[string][]byte{}
	var b bytes.Buffer
	if err := v.useSheet(uses, w).CSV(&b); err != nil {
		return nil, err
	}
	files["log.csv"] = bytes.Clone(b.Bytes())
	printed, err := v.handedPaper(f, q, uses, w)
	if err != nil {
		return nil, err
	}
	files["log.pdf"] = printed
	name, key := p.Ledger.Public()
	files["noegle.txt"] = []byte(key + "\n")
	files["LAESMIG.txt"] = []byte(v.readme(key))
	m := manifest{Format: handedFormat, Controller: v.Person.Controller, Log: "vidne/" + name, Made: v.Now.UTC(), From: q.From, To: q.To, Count: len(uses), Entries: numbers(uses), Files: map[string]string{}}
	for name, data := range files {
		m.Files[name] = sum(data)
	}
	if files["manifest.json"], err = json.MarshalIndent(m, "", "  "); err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	var act int64
	if err := p.DB.Write(v.Ctx, func(tx *db.Tx) (err error) {
		act, err = p.Ledger.Append(v.Ctx, tx, v.Now, "log.handed", v.Entry(map[string]any{"reason": f.Get("grund"), "recipient": f.Get("modtager"), "reference": f.Get("reference"),
			"since": q.From, "until": q.To, "people": q.People, "cameras": q.Cameras, "count": len(uses), "manifest": sum(files["manifest.json"])}))
		return err
	}); err != nil {
		return nil, err
	}
	var proof bytes.Buffer
	if err := p.Accesslog().Prove(v.Ctx, v.Person.Controller, uses, act, &proof); err != nil {
		return nil, err
	}
	files["log.vidnelog"] = proof.Bytes()
	return zipped(files, v.Now)
}

func zipped(files map[string][]byte, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			return nil, fault.As(fault.Internal, "", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	return b.Bytes(), nil
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// numbers are the uses' entries as "3-5,9". They stand in rising order.
func numbers(uses []accesslog.Use) string {
	list := make([]int64, len(uses))
	for i, u := range uses {
		list[i] = u.Index
	}
	slices.Sort(list)
	var b strings.Builder
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(list[i], 10))
		if j > i {
			b.WriteString("-" + strconv.FormatInt(list[j], 10))
		}
		i = j + 1
	}
	return b.String()
}

// readme is the page beside the files, in Danish and for Windows' notepad.
func (v *visit) readme(key string) string {
	da := v.Site.In(page.Danish)
	var lines []string
	for i := 1; da.Has("handover.readme." + strconv.Itoa(i)); i++ {
		lines = append(lines, da.T("handover.readme."+strconv.Itoa(i), v.Controller.Name, da.DateTime(v.Now), key), "")
	}
	return "\ufeff" + strings.Join(lines, "\r\n")
}

func (v *visit) newPaper(title string) *paper.Paper {
	return &paper.Paper{Lang: string(v.Lang), Title: title, Source: v.T("handover.source", v.Controller.Name), Made: v.Now, MadeText: v.DateTime(v.Now), PageText: v.T("committee.page")}
}

func (v *visit) handedPaper(f *page.Form, q accesslog.Query, uses []accesslog.Use, w page.UseWords) ([]byte, error) {
	doc := v.newPaper(v.T("handover.paper"))
	doc.Facts = []paper.Fact{{Term: v.T("handover.fact.controller"), Text: v.Controller.Name}, {Term: v.T("handover.modtager"), Text: f.Get("modtager")},
		{Term: v.T("handover.fact.period"), Text: v.Date(q.From) + " – " + v.Date(q.To.Add(-time.Second))}, {Term: v.T("handover.fact.count"), Text: v.Number(int64(len(uses)))},
		{Term: v.T("handover.grund"), Text: f.Get("grund")}, {Term: v.T("handover.fact.by"), Text: v.Session.Person.Name}}
	if f.Get("reference") != "" {
		doc.Facts = append(doc.Facts, paper.Fact{Term: v.T("handover.reference"), Text: f.Get("reference")})
	}
	doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("handover.paper.lead")})
	if len(uses) > mostPrinted {
		doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("handover.paper.cut", v.Number(mostPrinted), v.Number(int64(len(uses)))), Strong: true})
		uses = uses[:mostPrinted]
	}
	t := paper.Table{Caption: v.T("uses.caption"), Columns: []string{v.T("uses.column.index"), v.T("uses.column.time"), v.T("uses.column.who"), v.T("uses.column.what"), v.T("uses.column.why")}, Widths: []float64{1.2, 2, 2, 4, 4}}
	for _, u := range uses {
		r := w.Row(u)
		what := []string{r.What}
		if u.Refused != "" {
			what[0] = v.T("use.refused") + ": " + what[0]
			what = append(what, r.Refused)
		}
		for _, id := range u.Cameras.List() {
			what = append(what, w.Camera(id))
		}
		if r.Minutes != "" {
			what = append(what, v.T("use.minutes", r.Minutes))
		}
		if u.Terms != "" {
			what = append(what, v.T("use.terms", u.Terms))
		}
		t.Rows = append(t.Rows, []string{strconv.FormatInt(u.Index, 10), v.DateTimeSeconds(u.At), r.Who + "\n" + u.Address, strings.Join(what, "\n"), strings.TrimSpace(v.Why(u) + "\n" + u.Matter)})
	}
	doc.Blocks = append(doc.Blocks, t)
	return printed(doc)
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
