package places

import (
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// importSize is the largest request with a table in it.
const importSize = 24 << 20

// shownRows is how many rows of an import are shown, those with something to
// say first; the rest is counted.
const shownRows = 200

// importPage shows what an import would do, and does it.
type importPage struct {
	page.Shell
	File    string
	Figures []page.Figure
	Columns *page.Grid
	Grid    *page.Grid
	More    string // how many rows are not shown
	Alert   fds.Alert
	Button  fds.Button
	Cancel  fds.Link
	Token   string
	Table   string // the rows, to be sent again
}

// imports is what a file is read with.
func (v *visit) imports() register.Import {
	r := v.rules()
	im := register.Import{Controller: v.Person.Controller, Engine: v.s.EngineID}
	for _, p := range r.Places() {
		t := register.Term{ID: p.ID, Names: []string{p.Name.DA, p.Name.EN}}
		if p.Forbidden != "" {
			t.Refused = p.Name.In(v.lang())
			if rule, ok := r.Rule(p.Forbidden); ok {
				t.Refused = rule.Cite
			}
		}
		im.Places = append(im.Places, t)
	}
	for _, b := range r.Bases() {
		im.Bases = append(im.Bases, register.Term{ID: b.ID, Names: []string{b.Cite, b.Title.DA, b.Title.EN}})
	}
	for _, id := range []string{"crime", "safety", "other"} {
		im.Purposes = append(im.Purposes, register.Term{ID: id, Names: []string{v.s.Text(page.Danish, "purpose."+id), v.s.Text(page.English, "purpose."+id)}})
	}
	return im
}

func (p *Screens) importTemplate(v *visit) error {
	return v.Sheet("kameraer-skabelon.xlsx", register.Template())
}

func (v *visit) importFormPage() *page.FormPage {
	f := v.NewForm("import.form").Add(fds.Field{Name: "fil", Type: "file", Accept: ".xlsx,.csv"})
	pg := v.NewFormPage(f, v.crumbs())
	pg.Files = true
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("import.form.nothing"), Text: v.T("import.form.nothing.text"),
		Links: []fds.Link{{Href: "/steder/indlaes/skabelon.xlsx", Text: v.T("import.form.template")}}}
	return pg
}

func (p *Screens) importForm(v *visit) error { return v.ShowForm(v.importFormPage()) }

func (p *Screens) importCheck(v *visit) error {
	var rows [][]string
	name := ""
	_, err := v.Upload(func(_ url.Values, file *multipart.Part) (err error) {
		if file.FormName() == "fil" {
			name = file.FileName()
			rows, err = sheet.Read(file)
		}
		return err
	})
	pg := v.importFormPage()
	if err == nil && name == "" {
		pg.Form.Fail("fil", v.T("import.form.fil.missing"))
		return v.ShowForm(pg)
	}
	var d register.Draft
	if err == nil {
		d, err = p.Register.CheckImport(v.Ctx, v.imports(), rows)
	}
	if fault.Is(err, fault.Invalid) {
		pg.Form.FailWith("fil", err)
		return v.ShowForm(pg)
	}
	if err != nil {
		return err
	}
	table, err := json.Marshal(rows)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	return v.Show(http.StatusOK, v.importPage(name, string(table), d))
}

func (p *Screens) importTake(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	var rows [][]string
	if err := json.Unmarshal([]byte(in.Get("tabel")), &rows); err != nil {
		return fault.As(fault.Invalid, "form.unreadable", err)
	}
	d, err := p.Register.TakeIn(v.Ctx, v.imports(), rows, in.Get("kvittering"), v.Person.ID, nil)
	if fault.Is(err, fault.Conflict) { // it would now do something else: that is shown
		if d, err = p.Register.CheckImport(v.Ctx, v.imports(), rows); err != nil {
			return err
		}
		pg := v.importPage(in.Get("fil"), in.Get("tabel"), d)
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.T("import.changed"), Text: v.T("import.changed.text")})
		return v.Show(http.StatusConflict, pg)
	}
	if err != nil {
		return err
	}
	return v.See("/kameraer?besked=indlaest&sorter=camera&antal=" + strconv.Itoa(d.Taken))
}

func (v *visit) importPage(file, table string, d register.Draft) *importPage {
	pg := &importPage{Shell: v.NewShell("import", v.T("import.title"), v.crumbs(fds.Link{Href: "/steder/indlaes", Text: v.T("import.form.title")})...),
		File: file, Token: d.Token, Table: table, Cancel: fds.Link{Href: "/steder/indlaes", Text: v.T("import.again")}}
	refused := fds.Plain
	if d.Refused > 0 {
		refused = fds.Error
	}
	pg.Figures = []page.Figure{{Href: "#raekker", Text: v.T("import.taken"), Number: v.Number(int64(d.Taken)), Icon: "videocam"},
		{Href: "#raekker", Text: v.T("import.refused"), Number: v.Number(int64(d.Refused)), Icon: "error", Tone: refused}}
	if d.Refused == 0 {
		pg.Figures[1].Icon = "success"
	}
	pg.Columns = page.NewGrid(v.T("import.columns"), v.T("import.heading"), v.T("import.is"))
	for _, c := range d.Columns {
		is := page.Cell{Text: v.T("import.column." + c.Is)}
		if c.Is == "" {
			is = page.Cell{Badge: &fds.Badge{Tone: fds.Warning, Text: v.T("import.column.unknown")}}
		}
		pg.Columns.Add(page.Cell{Text: c.Heading}, is)
	}
	pg.Grid = page.NewGrid(v.T("import.rows"), v.T("import.row"), v.T("cameras.column.camera"), v.T("cameras.column.location"), v.T("import.result"))
	shown := 0
	for _, said := range []bool{true, false} {
		for _, r := range d.Rows {
			if (len(r.Findings) > 0) != said {
				continue
			}
			if shown++; shown <= shownRows {
				v.importRow(pg.Grid, r)
			}
		}
	}
	if shown > shownRows {
		pg.More = v.N("import.more", int64(shown-shownRows))
	}
	pg.Alert = fds.Alert{Tone: fds.Info, Text: v.T("import.nothing")}
	if d.Taken > 0 {
		pg.Button = fds.Button{Kind: "primary", Text: v.N("import.button", int64(d.Taken))}
	} else {
		pg.Alert = fds.Alert{Tone: fds.Error, Text: v.T("import.none")}
	}
	return pg
}

func (v *visit) importRow(g *page.Grid, r register.ImportRow) {
	result := page.Cell{Badge: &fds.Badge{Tone: fds.Success, Text: v.T("import.row.taken")}}
	if r.Refused() {
		result.Badge = &fds.Badge{Tone: fds.Error, Text: v.T("import.row.refused")}
	} else if len(r.Findings) > 0 {
		result.Badge = &fds.Badge{Tone: fds.Warning, Text: v.T("import.row.taken")}
	}
	for _, f := range r.Findings {
		column := v.Or("import.column."+f.Column, f.Column)
		result.More = append(result.More, v.Or("finding."+f.Key, f.Key+" "+f.Value)+" "+v.found(column, f))
	}
	g.Add(page.Cell{Text: strconv.Itoa(r.Number)}, page.Cell{Text: r.Camera.Name, Quiet: join(r.Camera.Make, r.Camera.Model)}, page.Cell{Text: r.Camera.Where, Quiet: v.placeKind(r.Camera.PlaceKind)}, result)
}

// found says what stood there, and the law's words where it has some.
func (v *visit) found(column string, f register.Finding) string {
	text := ""
	if f.Value != "" {
		text = v.T("import.stood", column, f.Value)
	}
	if f.Why != "" {
		text += " (" + f.Why + ")"
	}
	return text
}
