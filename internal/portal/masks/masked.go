package masks

import (
	"cmp"
	"html/template"
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/masking"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// row is a masked camera in the list.
type row struct {
	masking.Masked
	name, where string
}

// masked lists the cameras of which something is covered, of the places that
// the person sees.
func (p *Screens) masked(v *visit) error {
	all, err := p.Masking.Masked(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	ids := []string{}
	for _, m := range all {
		ids = append(ids, m.Camera)
	}
	cameras, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, IDs: ids})
	if err != nil {
		return err
	}
	var rows []row
	for _, m := range all {
		i := slices.IndexFunc(cameras, func(c register.Camera) bool { return c.ID == m.Camera })
		if i < 0 || !v.May(access.SeeRegister, access.Object{Controller: cameras[i].Controller, Location: cameras[i].Location, Camera: m.Camera}) {
			continue
		}
		rows = append(rows, row{m, cameras[i].Name, cameras[i].Where})
	}
	if done, err := v.maskedListing().File(v.Visit, rows); done {
		return err
	}
	return v.Show(200, v.maskedPage(rows))
}

// proven says in one word whether a mask is known to cover.
func proven(m masking.Masked) string {
	switch {
	case m.Proof.At.IsZero():
		return "waits"
	case !m.Proof.Covered:
		return "shows"
	}
	return "covers"
}

func (v *visit) provenBadge(m masking.Masked) fds.Badge {
	s := proven(m)
	tone := map[string]fds.Tone{"waits": fds.Warning, "shows": fds.Error, "covers": fds.Success}[s]
	return fds.Badge{Tone: tone, Text: v.T("mask.proof." + s)}
}

func (v *visit) maskedListing() page.Listing[row] {
	order := []string{"shows", "waits", "covers"}
	name := func(r row) string { return r.name }
	where := func(r row) string { return r.where }
	var kinds []fds.Choice
	for _, s := range order {
		kinds = append(kinds, fds.Choice{Value: s, Text: v.T("mask.proof." + s)})
	}
	rank := func(r row) int { return slices.Index(order, proven(r.Masked)) }
	return page.Listing[row]{Key: "masks", Path: masksPath,
		Columns: []page.Column[row]{
			{Name: "camera", Text: name, Compare: page.ByText(name)},
			{Name: "place", Text: where, Compare: page.ByText(where)},
			{Name: "areas", Text: func(r row) string { return v.N("mask.areas", int64(len(r.Areas))) }, Cell: func(r row) sheet.Cell { return sheet.Count(len(r.Areas)) },
				Compare: func(a, b row) int { return cmp.Compare(len(a.Areas), len(b.Areas)) }},
			{Name: "since", Text: func(r row) string { return v.DateTime(r.Since) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.Since) }, Compare: func(a, b row) int { return a.Since.Compare(b.Since) }},
			{Name: "proof", Text: func(r row) string { return v.provenBadge(r.Masked).Text }, Compare: func(a, b row) int { return cmp.Compare(rank(a), rank(b)) }},
			{Name: "sum", Text: func(r row) string { return r.Proof.SHA256 }, FileOnly: true},
		},
		Filters: []page.Filter[row]{{Name: "proeve", Choices: kinds, Keep: func(r row, s string) bool { return proven(r.Masked) == s }}},
		Search:  func(r row) string { return r.name + " " + r.where },
	}
}

func (v *visit) maskedPage(all []row) *page.ListPage {
	list, rows := v.maskedListing().Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		b := v.provenBadge(r.Masked)
		last := page.Cell{Badge: &b}
		if !r.Proof.At.IsZero() {
			last.Quiet = v.DateTime(r.Proof.At)
		}
		lines = append(lines, page.Line{Cells: []page.Cell{{Href: "/kameraer/" + r.Camera + "/maske", Text: r.name}, {Text: r.where}, {Text: v.N("mask.areas", int64(len(r.Areas)))}, {Text: v.DateTime(r.Since)}, last}})
	}
	return v.NewListPage(v.T("masks.title"), v.T("masks.lead"), page.Places, list, lines)
}

// maskPage shows one camera's mask.
type maskPage struct {
	page.Shell
	Lead     string
	Badge    *fds.Badge
	Alert    *fds.Alert
	Picture  template.HTML // the test picture with what is covered; empty when there is none
	Caption  string
	List     *fds.StructuredList
	Lifts    *page.Grid
	NoLifts  string
	Happened page.Happened
}

// of is the mask of the camera; zero when nothing is covered.
func (p *Screens) maskOf(v *visit) (masking.Masked, error) {
	all, err := p.Masking.Masked(v.Ctx, v.camera.Controller)
	if i := slices.IndexFunc(all, func(m masking.Masked) bool { return m.Camera == v.camera.ID }); i >= 0 {
		return all[i], err
	}
	return masking.Masked{}, err
}

func (p *Screens) mask(v *visit) error {
	m, err := p.maskOf(v)
	if err != nil {
		return err
	}
	var lifts []masking.Lift
	if v.May(access.SeeIncidents, access.Object{Controller: v.camera.Controller, Location: v.camera.Location}) {
		if lifts, err = p.Masking.List(v.Ctx, v.camera.Controller); err != nil {
			return err
		}
		lifts = slices.DeleteFunc(lifts, func(l masking.Lift) bool { return !slices.Contains(l.Cameras, v.camera.ID) })
	}
	pg := v.maskPage(m, lifts)
	if m.Mask != "" {
		if pg.Happened, err = v.Happened(string(m.Mask), 20, "mask."); err != nil {
			return err
		}
	}
	return v.Show(200, pg)
}

func (v *visit) maskPage(m masking.Masked, lifts []masking.Lift) *maskPage {
	c := v.camera
	pg := &maskPage{Shell: v.NewShell("mask", v.T("mask.title", c.Name), fds.Link{Href: masksPath, Text: v.T("masks.title")}), Lead: v.T("mask.lead")}
	pg.Happened.Words = v.Words
	if m.Mask == "" {
		pg.Lead = v.T("mask.none")
		return pg
	}
	b := v.provenBadge(m)
	pg.Badge = &b
	switch proven(m) {
	case "waits":
		pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: b.Text, Text: v.T("mask.proof.waits.text")}
	case "shows":
		pg.Alert = &fds.Alert{Tone: fds.Error, Heading: b.Text, Text: v.T("mask.proof.shows.text")}
	}
	picture := ""
	if !m.Proof.At.IsZero() {
		picture, pg.Caption = "/kameraer/"+c.ID+"/maske/billede", v.T("mask.picture.caption", v.DateTime(m.Proof.At))
	} else {
		pg.Caption = v.T("mask.picture.none")
	}
	pg.Picture = template.HTML(plan.Frame(spots(m.Areas), picture, v.T("mask.picture.alt", c.Name, v.N("mask.areas", int64(len(m.Areas)))))) //nolint:gosec // internal/plan escapes every text
	pg.List = v.maskList(m)
	pg.NoLifts = v.T("mask.lifts.none")
	if len(lifts) > 0 {
		pg.Lifts = v.liftGrid(v.T("mask.lifts"), lifts)
	}
	return pg
}

func (v *visit) maskList(m masking.Masked) *fds.StructuredList {
	l := &fds.StructuredList{Caption: v.T("mask.facts")}
	row := func(key, text string, more ...string) {
		if text != "" {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("mask.field." + key), Text: text, More: more})
		}
	}
	row("areas", v.N("mask.areas", int64(len(m.Areas))))
	row("since", v.DateTime(m.Since))
	row("engine", v.T(map[bool]string{true: "mask.engine.yes", false: "mask.engine.no"}[m.Sent]))
	row("statement", string(m.Mask))
	if !m.Proof.At.IsZero() {
		row("proof", v.DateTime(m.Proof.At), v.T("mask.bright", m.Proof.Bright))
		row("sum", m.Proof.SHA256)
	}
	l.Rows = append(l.Rows, fds.Row{Term: v.T("mask.field.camera"), Link: &fds.Link{Href: "/kameraer/" + v.camera.ID, Text: v.camera.Name}})
	return l
}

func spots(areas [][]permit.Point) [][]plan.Spot {
	out := make([][]plan.Spot, len(areas))
	for i, a := range areas {
		for _, p := range a {
			out[i] = append(out[i], plan.Spot(p))
		}
	}
	return out
}

// picture sends the test picture that is kept.
func (p *Screens) picture(v *visit) error {
	m, err := p.maskOf(v)
	if err != nil {
		return err
	}
	if m.Proof.At.IsZero() {
		return fault.New(fault.NotFound, "mask.no-picture", "no test picture of %s", v.camera.ID)
	}
	b, err := m.Proof.PNG()
	if err != nil {
		return err
	}
	return v.Send("image/png", b)
}
