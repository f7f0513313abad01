package cases

import (
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// annexesPart is the documents of the application, kind by kind, with a form
// to attach one.
type annexesPart struct {
	Kinds []annexKind
}

type annexKind struct {
	ID, Title, Help, Cite string
	Badge                 fds.Badge
	Grid                  *page.Grid
	Upload                *uploadForm
}

type uploadForm struct {
	Action, Kind, Back string
	File               fds.Field
	Button             fds.Button
}

func (v *visit) annexesPart(look dossier.View, app casework.Application) *annexesPart {
	part := &annexesPart{}
	for i := range look.Process.Annexes {
		k := &look.Process.Annexes[i]
		if !k.When.Holds(app.Answers) {
			continue
		}
		a := annexKind{ID: "b-" + k.ID, Title: v.text(k.Title), Help: v.text(k.Help), Cite: k.Cite}
		mine := slices.DeleteFunc(slices.Clone(app.Annexes), func(x casework.Annex) bool { return x.Kind != k.ID })
		switch {
		case len(mine) > 0:
			a.Badge = fds.Badge{Tone: fds.Success, Text: v.T("annex.there")}
			a.Grid = v.annexTable(look, mine, writes(look))
		case k.ID == casework.AnnexDrawing && len(app.Drawings) > 0:
			a.Badge = fds.Badge{Tone: fds.Success, Text: v.T("annex.drawn")}
		case k.Required:
			a.Badge = fds.Badge{Tone: fds.Info, Text: v.T("annex.required")}
		default:
			a.Badge = fds.Badge{Text: v.T("annex.optional")}
		}
		if writes(look) && (k.Many || len(mine) == 0) {
			a.Upload = v.uploadForm(look, k, path(look.Case, "/ansoegning/"+v.taskKind(look, casework.TaskAnnexes)+"#b-"+k.ID))
		}
		part.Kinds = append(part.Kinds, a)
	}
	return part
}

// uploadForm attaches a file; a nil kind is evidence at a step.
func (v *visit) uploadForm(look dossier.View, k *casework.AnnexKind, back string) *uploadForm {
	id, accept := "", []string{}
	for _, t := range document.Types() {
		accept = append(accept, string(t))
	}
	if k != nil {
		id = k.ID
		if len(k.Accept) > 0 {
			accept = k.Accept
		}
	}
	f := &uploadForm{Action: path(look.Case, "/bilag"), Kind: id, Back: back}
	f.File = v.Field(fds.Field{ID: "fil-" + id, Name: "fil", Type: "file", Accept: "." + strings.Join(accept, ",.")}, "annex.file")
	f.File.Hint = v.T("annex.file.hint", strings.ToUpper(strings.Join(accept, ", ")))
	f.Button = fds.Button{Kind: "secondary", Text: v.T("annex.attach")}
	return f
}

func (v *visit) annexGrid(look dossier.View, app casework.Application, change bool) *page.Grid {
	if len(app.Annexes) == 0 {
		return nil
	}
	return v.annexTable(look, app.Annexes, change)
}

func (v *visit) annexTable(look dossier.View, list []casework.Annex, change bool) *page.Grid {
	cols := []string{v.T("annex.name"), v.T("annex.kind"), v.T("annex.added")}
	if change {
		cols = append(cols, v.T("annex.do"))
	}
	g := page.NewGrid(v.T("annex.table"), cols...)
	for _, a := range list {
		kind := a.Kind
		if k, ok := look.Process.Annex(a.Kind); ok {
			kind = v.text(k.Title)
		}
		row := []page.Cell{{Href: path(look.Case, "/bilag/"+a.Document), Text: a.Name, Quiet: v.Bytes(a.Size)}, {Text: kind}, {Text: v.DateTime(a.Added)}}
		if change {
			row = append(row, page.Cell{Form: &page.ActForm{Action: path(look.Case, "/bilag/"+a.Document+"/fjern"), Button: fds.Button{Kind: "tertiary", Text: v.T("annex.remove", a.Name), Icon: "delete"}}})
		}
		g.Add(row...)
	}
	return g
}

// attach takes a file in. A file that is refused leaves everything as it was
// and says why.
func (p *Screens) attach(v *visit, look dossier.View) error {
	var refused error
	took := false
	fields, err := v.Upload(func(fields url.Values, file *multipart.Part) error {
		took = true
		_, err := p.Cases.Attach(v.Ctx, look.Case.Controller, look.Case.ID, dossier.File{Kind: fields.Get("slags"), Name: file.FileName(), Body: file}, v.who())
		if k := fault.Of(err); err != nil && (k == fault.Invalid || k == fault.Conflict) {
			refused = err
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	back := page.Local(fields.Get("tilbage"))
	at, fragment, _ := strings.Cut(back, "#")
	note := "?besked=bilag-vedhaeftet"
	switch {
	case refused != nil:
		note = "?afvist=" + url.QueryEscape(fault.Key(refused))
	case !took:
		note = "?afvist=document.none"
	}
	if fragment != "" {
		note += "#" + fragment
	}
	return v.See(at + note)
}

// rejected says why a file was not taken.
func (v *visit) rejected(s *page.Shell) {
	if key := v.R.URL.Query().Get("afvist"); key != "" && v.Has("fault."+key) {
		s.Notes = append(s.Notes, fds.Alert{Tone: fds.Error, Heading: v.T("annex.refused"), Text: v.T("fault." + key)})
	}
}

func (p *Screens) detach(v *visit, look dossier.View) error {
	if err := p.Cases.Detach(v.Ctx, look.Case.Controller, look.Case.ID, v.R.PathValue("dokument"), v.who()); err != nil {
		return err
	}
	return v.See(path(look.Case, "/ansoegning/"+v.taskKind(look, casework.TaskAnnexes)+"?besked=bilag-fjernet"))
}

// annex sends a document of the case.
func (p *Screens) annex(v *visit, look dossier.View) error {
	id := v.R.PathValue("dokument")
	cases, err := p.Cases.CasesOf(v.Ctx, look.Case.Controller, id)
	if err != nil {
		return err
	}
	if !slices.Contains(cases, look.Case.ID) {
		return fault.New(fault.NotFound, "document.unknown", "case %s has no document %.40q", look.Case.ID, id)
	}
	d, content, err := p.Documents.Read(v.Ctx, look.Case.Controller, id)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read only
	return document.Serve(v.W, d, content)
}
