package plans

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal/page"
)

// editorPage is one drawing: to draw on, to type in, or to look at.
type editorPage struct {
	page.Shell
	Lead     string
	Case     string
	Version  int
	Writer   bool
	SVG      template.HTML
	Data     *editorData
	Form     *drawingForm
	Overview []overview
	Findings []finding
	Versions []versionRow
	Source   string // of the map
	Print    string
	Upload   string
	Picture  fds.Field
	Map      *mapForm
	Save     fds.Button
}

type versionRow struct {
	Text, Href string
	Current    bool
}

// editorData is what the script of the editor needs.
type editorData struct {
	Lang     page.Lang         `json:"lang"`
	Drawing  plan.Drawing      `json:"drawing"`
	Version  int               `json:"version"`
	Address  string            `json:"address"`
	List     string            `json:"list"`
	Pictures string            `json:"pictures"` // pictures' addresses begin so
	Upload   string            `json:"upload"`
	PDF      map[string]string `json:"pdf"`
	Cameras  []Camera          `json:"cameras"`
	Text     map[string]string `json:"text"`
	Findings []finding         `json:"findings"`
}

func (p *Screens) editor(v *visit) error {
	k, err := p.Drawings.Load(v.Ctx, v.of(), v.version())
	if err != nil {
		return err
	}
	pg, err := p.page(v, v.drawn(), k, nil)
	if err != nil {
		return err
	}
	if v.R.URL.Query().Get("besked") == "gemt" {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Success, Text: v.T("plan.saved", v.Clock(k.Saved))})
	}
	return v.Show(http.StatusOK, pg)
}

// version is the version that the address names; none is the newest for who
// writes, for anybody else that of the application as it stands.
func (v *visit) version() int {
	n, err := strconv.Atoi(v.R.URL.Query().Get("udgave"))
	if err != nil || n < 0 {
		n = 0
	}
	if c := v.drawn(); !c.Writer {
		// What is drawn since is nobody's but the writers'.
		if sent := c.Sent[v.R.PathValue("tegning")]; sent > 0 && (n == 0 || n > sent) {
			return sent
		}
	}
	return n
}

// page gathers what the page of a drawing shows; f holds what was typed and
// refused, nil otherwise.
func (p *Screens) page(v *visit, c Case, k drawing.Kept, f *drawingForm) (*editorPage, error) {
	versions, err := p.Drawings.Versions(v.Ctx, k.Of)
	if err != nil {
		return nil, err
	}
	var pic drawing.Picture
	if k.Drawing.Picture != "" {
		if pic, err = p.Drawings.PictureOf(v.Ctx, k.Controller, k.Case, k.Drawing.Picture); err != nil {
			return nil, err
		}
	}
	return v.editorPage(c, k, f, versions, pic, p.Map), nil
}

func (v *visit) editorPage(c Case, k drawing.Kept, f *drawingForm, versions []drawing.Entry, pic drawing.Picture, wms *WMS) *editorPage {
	title := k.Drawing.Title
	if title == "" {
		title = v.T("plan.untitled")
	}
	address := drawingPath(c.ID, k.ID)
	pg := &editorPage{Shell: v.NewShell("plan", title, fds.Link{Href: "/sager", Text: v.T("menu.sager")}, fds.Link{Href: casePath(c.ID), Text: c.Number + " " + c.Title}, fds.Link{Href: listPath(c.ID), Text: v.T("plan.list.title")})}
	if sent := c.Sent[k.ID]; !c.Writer && sent > 0 {
		versions = slices.DeleteFunc(slices.Clone(versions), func(e drawing.Entry) bool { return e.Version > sent })
	}
	newest := len(versions) == 0 || versions[0].Version == k.Version
	pg.Case, pg.Version, pg.Writer = c.ID, k.Version, c.Writer && newest
	pg.Print, pg.Upload, pg.Source = address+"/udskriv?udgave="+itoa(k.Version), address+"/billede", pic.Source
	switch {
	case pg.Writer:
		pg.Lead = v.T("plan.lead")
	case !newest:
		pg.Lead = v.T("plan.lead.old", k.Version, k.By.Name, v.DateTime(k.Saved))
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Info, Text: v.T("plan.old"), Links: []fds.Link{{Href: address, Text: v.T("plan.old.newest")}}})
	default:
		pg.Lead = v.T("plan.lead.closed")
	}
	pg.SVG = v.svg(k.Drawing, plan.Options{ID: "p", Background: picturePath(k.Of, k.Drawing), Legend: true})
	pg.Overview, pg.Findings = v.overview(k.Drawing), v.findings(k.Drawing)
	for _, e := range versions {
		pg.Versions = append(pg.Versions, versionRow{v.T("plan.version", e.Version, v.DateTime(e.Saved), e.Name), address + "?udgave=" + itoa(e.Version), e.Version == k.Version})
	}
	if !pg.Writer {
		return pg
	}
	pg.Form = f
	if f == nil {
		pg.Form = v.form(c, k.Drawing)
	}
	pg.Picture = v.Field(fds.Field{ID: "billede", Name: "billede", Type: "file", Accept: ".png,.jpg,.jpeg"}, "plan.picture")
	pg.Save = fds.Button{Kind: "primary", Text: v.T("plan.save"), ID: "gem"}
	if wms != nil {
		pg.Map = v.mapForm(address+"/kort", wms, k.Version)
	}
	pg.Data = &editorData{Lang: v.Lang, Drawing: listed(k.Drawing), Version: k.Version, Address: address, List: listPath(c.ID), Pictures: address + "/billede/",
		Upload: pg.Upload, Cameras: c.Cameras, Text: v.Under("plan.js."), Findings: pg.Findings,
		PDF: map[string]string{"lib": pg.Asset("pdfjs/pdf.mjs"), "worker": pg.Asset("pdfjs/pdf.worker.mjs"), "wasm": pg.Asset("pdfjs/")}}
	return pg
}

// listed is a drawing whose lists are lists also when they are empty.
func listed(d plan.Drawing) plan.Drawing {
	if d.Areas == nil {
		d.Areas = []plan.Area{}
	}
	cameras := make([]plan.Placed, len(d.Cameras))
	copy(cameras, d.Cameras)
	for i := range cameras {
		if cameras[i].Masks == nil {
			cameras[i].Masks = [][]plan.Spot{}
		}
	}
	d.Cameras = cameras
	return d
}

// listPage is the drawings of a case.
type listPage struct {
	page.Shell
	Table  fds.Table
	Rows   []listRow
	Writer bool
	New    fds.Field
	Button fds.Button
	Errors *fds.ErrorSummary
}

type listRow struct{ Title, Href, Print, Saved, Name string }

func (p *Screens) list(v *visit) error {
	c := v.drawn()
	list, err := p.Drawings.List(v.Ctx, v.Person.Controller, c.ID)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.listPage(c, list))
}

func (v *visit) listPage(c Case, list []drawing.Entry) *listPage {
	pg := &listPage{Shell: v.NewShell("planlist", v.T("plan.list.title"), fds.Link{Href: "/sager", Text: v.T("menu.sager")}, fds.Link{Href: casePath(c.ID), Text: c.Number + " " + c.Title}), Writer: c.Writer}
	pg.Table = fds.Table{Caption: v.T("plan.list.title"), Columns: []fds.Column{{Text: v.T("plan.list.drawing")}, {Text: v.T("plan.list.saved")}, {Text: v.T("plan.list.by")}, {Text: v.T("plan.list.print")}}}
	for _, e := range list {
		r := listRow{Title: e.Title, Href: drawingPath(c.ID, e.ID), Print: drawingPath(c.ID, e.ID) + "/udskriv", Saved: v.DateTime(e.Saved), Name: e.Name}
		if r.Title == "" {
			r.Title = v.T("plan.untitled")
		}
		pg.Rows = append(pg.Rows, r)
	}
	pg.New = v.Field(fds.Field{ID: "titel", Name: "titel", Type: "text", MaxLength: 100, Spellcheck: true}, "plan.new.name")
	pg.Button = fds.Button{Kind: "primary", Text: v.T("plan.new.button")}
	return pg
}
