package cases

import (
	"net/http"
	"strings"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// revisions lists what was sent and adjusted, and compares two (CASE-16).
func (p *Screens) revisions(v *visit, look dossier.View) error {
	all, err := p.Cases.Revisions(v.Ctx, look.Case.Controller, look.Case.ID)
	if err != nil {
		return err
	}
	pg := v.NewRecord(v.T("revisions.title"), v.T("revisions.lead"), v.crumbs(look.Case)...)
	list := page.NewGrid(v.T("revisions.table"), v.T("revisions.number"), v.T("revisions.kind"), v.T("revisions.made"), v.T("revisions.by"), v.T("revisions.sum"))
	byNumber := map[int]casework.Application{}
	for _, r := range all {
		byNumber[r.Revision] = r.Application
		number := page.Cell{Text: itoa(r.Revision)}
		if r.Revision > 1 {
			number.Href = path(look.Case, "/udgaver?fra="+itoa(r.Revision-1)+"&til="+itoa(r.Revision))
		}
		list.Add(number, page.Cell{Text: v.T("revision.kind." + r.Kind)}, page.Cell{Text: v.DateTime(r.Made)}, page.Cell{Text: r.Name}, page.Cell{Quiet: r.SHA256[:min(16, len(r.SHA256))]})
	}
	s := page.Section{ID: "udgaver", Heading: v.T("revisions.table"), Grid: list}
	if len(all) == 0 {
		s.Grid, s.Empty = nil, v.T("revisions.none")
	}
	pg.Add(s)
	q := v.R.URL.Query()
	from, to := atoi(q.Get("fra")), atoi(q.Get("til"))
	was, okA := byNumber[from]
	is, okB := byNumber[to]
	if okA && okB {
		g := page.NewGrid(v.T("revisions.diff", from, to), v.T("change.what"), v.T("change.was"), v.T("change.is"))
		for _, d := range v.changes(look, dossier.Diff(look.Process, was, is)) {
			g.Add(page.Cell{Text: d.What}, page.Cell{Text: d.Was}, page.Cell{Text: d.Is})
		}
		d := page.Section{ID: "forskel", Heading: v.T("revisions.diff", from, to), Grid: g}
		if len(g.Lines) == 0 {
			d.Grid, d.Empty = nil, v.T("revisions.same")
		}
		pg.Add(d)
	}
	return v.Show(http.StatusOK, pg)
}

// permits shows the terms that came of the decision beside what the engine
// says is in force; a difference is an alarm.
func (p *Screens) permits(v *visit, look dossier.View) error {
	all, err := p.Cases.Permits(v.Ctx, look.Case.Controller, look.Case.ID)
	if err != nil {
		return err
	}
	pg := v.NewRecord(v.T("permits.title"), v.T("permits.lead"), v.crumbs(look.Case)...)
	for _, s := range all {
		pg.Add(v.permitSection(look, s))
	}
	if len(all) == 0 {
		pg.Add(page.Section{ID: "ingen", Heading: v.T("permits.title"), Empty: v.T("permits.none")})
	}
	return v.Show(http.StatusOK, pg)
}

func (v *visit) permitSection(look dossier.View, s dossier.Standing) page.Section {
	out := page.Section{ID: "k-" + s.Camera, Heading: v.cameraName(look, s.Camera), Links: []fds.Link{{Href: "/kameraer/" + s.Camera, Text: v.T("permits.camera")}}}
	l := &fds.StructuredList{Caption: out.Heading}
	badge := fds.Badge{Tone: fds.Success, Text: v.T("casepermit.in-force")}
	switch {
	case !s.Ended.IsZero():
		badge = fds.Badge{Text: v.T("casepermit.ended", v.DateTime(s.Ended))}
	case s.Deviates != "":
		badge = fds.Badge{Tone: fds.Error, Text: v.T("casepermit.differs")}
	case s.Engine == nil:
		badge = fds.Badge{Tone: fds.Warning, Text: v.T("casepermit.unknown")}
	}
	l.Rows = append(l.Rows, fds.Row{Term: v.T("permits.state"), Badge: &badge, Text: s.Why}, fds.Row{Term: v.T("permits.terms"), More: s.Lines(string(v.Lang))})
	if s.Deviates != "" {
		out.Alert = &fds.Alert{Tone: fds.Error, Heading: v.T("casepermit.differs"), Text: v.Or("casepermit.differs."+s.Deviates, s.Deviates)}
	}
	l.Rows = append(l.Rows, fds.Row{Term: v.T("permits.issued"), Text: v.DateTime(s.Issued)}, fds.Row{Term: v.T("permits.revision"), Text: itoa(s.Revision)})
	out.List = l
	return out
}

// journal is everything that ever happened in the case, in order.
func (p *Screens) journal(v *visit, look dossier.View) error {
	all, err := p.Cases.Journal(v.Ctx, look.Case.Controller, look.Case.ID, 0)
	if err != nil {
		return err
	}
	pg := v.NewRecord(v.T("journal.title"), v.T("journal.lead"), v.crumbs(look.Case)...)
	pg.Actions = []fds.Link{{Href: path(look.Case, "/dagbog.zip"), Text: v.T("package.get")}}
	g := page.NewGrid(v.T("journal.title"), v.T("journal.when"), v.T("journal.who"), v.T("journal.what"))
	for _, e := range all {
		g.Add(page.Cell{Text: v.DateTime(e.At)}, page.Cell{Text: v.actor(e.Event)}, page.Cell{Text: v.event(look, e.Event), Quiet: e.Remarks})
	}
	pg.Add(page.Section{ID: "dagbog", Heading: v.T("journal.all", len(all)), Grid: g})
	return v.Show(http.StatusOK, pg)
}

// actor is who did it; time itself has a name too.
func (v *visit) actor(e casework.Event) string {
	if e.Name == "" || e.Person == dossier.System {
		return v.T("journal.system")
	}
	return e.Name
}

// event says what happened, in words.
func (v *visit) event(look dossier.View, e casework.Event) string {
	step := v.stepName(look.Process, e.Step)
	text := v.Or("event."+string(e.Kind), string(e.Kind))
	pairs := []string{"{step}", step, "{body}", v.body(look.Process, e.Body), "{to}", v.stepName(look.Process, e.Data["to"]),
		"{blocks}", v.stepName(look.Process, e.Data["blocks"]), "{camera}", v.cameraName(look, e.Data["camera"])}
	for k, x := range e.Data {
		pairs = append(pairs, "{"+k+"}", x)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
