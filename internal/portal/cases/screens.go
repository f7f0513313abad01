// Package cases is the screens of the cases: the list, the application with
// its tasks, each body's page, the establishment, change and end, and the
// journal.
//
// What it promises: each page says whose turn it is and since when; what a
// person may do here is offered, and what they may not is said with its reason
// and what to do; nothing typed is lost, and what two people write at once is
// shown to both.
//
// What it refuses: to decide anything. Whether an act can be done is asked of
// the machine at the moment it is done (internal/casework), whatever the page
// offered.
package cases

import (
	"errors"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/plans"
)

// Screens are the pages of the cases.
type Screens struct {
	*page.Site
	Cases     *dossier.Room
	Documents *document.Room
	Law       *law.Book
	stills    plans.Once
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
}

func (p *Screens) visit(v *page.Visit) *visit { return &visit{v, p} }

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(p.visit(v)) }
}

// in handles a page of one case, with the case as this person sees it.
func (p *Screens) in(handle func(*visit, dossier.View) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(p.visit(v), page.Found[dossier.View](v)) }
}

// listPath is the front page of the cases.
const listPath = "/sager"

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	one := func(pattern string, act access.Act, handle func(*visit, dossier.View) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: p.ofCase, Handle: p.in(handle), Menu: page.Cases}
	}
	upload := one("POST /sager/{sag}/bilag", access.WorkCase, p.attach)
	upload.MaxBody = page.UploadSize
	end := one("POST /sager/{sag}/afslut/{hvordan}", access.WorkCase, p.end)
	adjust := one("POST /sager/{sag}/aendring", access.WorkCase, p.adjust)
	end.Fresh, adjust.Fresh = identity.Fresh, identity.Fresh
	return []page.Route{
		{Pattern: "GET /sager", Act: access.SeeCases, Handle: p.on(p.list), Menu: page.Cases, Front: "cases.title"},
		{Pattern: "GET /sager/ny", Act: access.OpenCase, Handle: p.on(p.newForm), Menu: page.Cases},
		{Pattern: "POST /sager/ny", Act: access.OpenCase, Handle: p.on(p.begin), Menu: page.Cases},

		one("GET /sager/{sag}", access.SeeCases, p.overview),
		one("GET /sager/{sag}/ansoegning", access.SeeCases, p.tasks),
		one("GET /sager/{sag}/ansoegning/kontrol", access.SeeCases, p.check),
		one("POST /sager/{sag}/ansoegning/send", access.WorkCase, p.send),
		one("GET /sager/{sag}/ansoegning/{opgave}", access.SeeCases, p.task),
		one("POST /sager/{sag}/ansoegning/{opgave}", access.WorkCase, p.saveTask),
		one("POST /sager/{sag}/kameraer", access.WorkCase, p.chooseCameras),
		one("GET /sager/{sag}/kameraer/{kamera}", access.SeeCases, p.camera),
		one("POST /sager/{sag}/kameraer/{kamera}", access.WorkCase, p.saveCamera),
		one("GET /sager/{sag}/tidsrum/{tidsrum}", access.SeeCases, p.pattern),
		one("POST /sager/{sag}/tidsrum/{tidsrum}", access.WorkCase, p.savePattern),
		upload,
		one("GET /sager/{sag}/bilag/{dokument}", access.SeeCases, p.annex),
		one("POST /sager/{sag}/bilag/{dokument}/fjern", access.WorkCase, p.detach),

		one("GET /sager/{sag}/trin/{trin}", access.SeeCases, p.step),
		one("POST /sager/{sag}/trin/{trin}", access.WorkCase, p.act),
		one("POST /sager/{sag}/vilkaar/{vilkaar}", access.WorkCase, p.meet),
		one("GET /sager/{sag}/opfoelgning/{kamera}", access.WorkCase, p.followUp),
		one("POST /sager/{sag}/opfoelgning/{kamera}", access.WorkCase, p.takeStill),
		one("GET /sager/{sag}/opfoelgning/{kamera}/billede/{billede}", access.WorkCase, p.showStill),
		one("POST /sager/{sag}/opfoelgning/{kamera}/svar", access.WorkCase, p.compared),
		one("GET /sager/{sag}/bemaerk", access.WorkCase, p.remarkForm),
		one("POST /sager/{sag}/bemaerk", access.WorkCase, p.remark),
		one("GET /sager/{sag}/afslut/{hvordan}", access.WorkCase, p.endForm),
		end,

		one("GET /sager/{sag}/aendring", access.SeeCases, p.change),
		adjust,
		one("POST /sager/{sag}/aendring/ny", access.WorkCase, p.renew),
		one("GET /sager/{sag}/udgaver", access.SeeCases, p.revisions),
		one("GET /sager/{sag}/tilladelser", access.SeeCases, p.permits),
		one("GET /sager/{sag}/dagbog", access.SeeCases, p.journal),
		one("GET /sager/{sag}/dagbog.zip", access.SeeCases, p.casePackage),
		one("GET /sager/{sag}/fremstilling", access.SeeCases, p.paper),
		one("POST /sager/{sag}/fremstilling", access.WorkCase, p.savePaper),
		one("POST /sager/{sag}/fremstilling/vedlaeg", access.WorkCase, p.attachPaper),
		one("GET /sager/{sag}/fremstilling.pdf", access.SeeCases, p.paperPDF),
		one("GET /sager/{sag}/fremstilling.docx", access.SeeCases, p.paperDOCX),
		one("GET /sager/{sag}/afgoerelse", access.SeeCases, p.letter),
		one("GET /sager/{sag}/afgoerelse.pdf", access.SeeCases, p.letterPDF),
	}
}

// ofCase is the case that the address names, of the person's own controller.
func (p *Screens) ofCase(v *page.Visit) (access.Object, error) {
	look, err := p.look(v, v.R.PathValue("sag"))
	if err != nil {
		return access.Object{}, err
	}
	v.Keep(look)
	return access.Object{Controller: look.Case.Controller}, nil
}

// look is a case as this person sees it. Who writes in the draft sees what the
// draft lacks, everybody else what was sent.
func (p *Screens) look(v *page.Visit, id string) (dossier.View, error) {
	look, err := p.Cases.Look(v.Ctx, v.Person.Controller, id, p.visit(v).who())
	if err == nil && writes(look) && look.Case.Revision > 0 {
		look.Facts.Missing, err = p.Cases.Lacks(v.Ctx, v.Person.Controller, id)
	}
	return look, err
}

// who acts, as the room of cases wants it.
func (v *visit) who() dossier.Who {
	return dossier.Who{Person: v.Person.ID, Name: v.Session.Person.Name}
}

// text is a text of the process or the law in the reader's language.
func (v *visit) text(t casework.Text) string { return t.In(string(v.Lang)) }

func path(c casework.Case, more string) string { return listPath + "/" + c.ID + more }

// crumbs lead to a page of a case.
func (v *visit) crumbs(c casework.Case) []fds.Link {
	return []fds.Link{{Href: listPath, Text: v.T("cases.title")}, {Href: path(c, ""), Text: c.ID + " " + c.Title}}
}

// refusals are the reasons why the machine refused, for the page.
func (v *visit) refusals(err error) []casework.Missing {
	var r *casework.Refusal
	if errors.As(err, &r) {
		return r.Why
	}
	return nil
}

// told turns a refusal into words above a form; another error is returned.
func (v *visit) told(c casework.Case, err error) (*fds.ErrorSummary, error) {
	s := &fds.ErrorSummary{}
	for _, m := range v.refusals(err) {
		s.Errors = append(s.Errors, fds.Link{Href: v.mend(c, m), Text: v.text(m.Text)})
	}
	if len(s.Errors) == 0 {
		if k := fault.Of(err); k == fault.Invalid || k == fault.Conflict || k == fault.Refused {
			s.Errors = append(s.Errors, fds.Link{Href: "#main", Text: v.Explain(err)})
		} else {
			return nil, err
		}
	}
	s.Heading = v.N("form.errors", int64(len(s.Errors)))
	return s, nil
}

// mend is where something that is missing can be mended.
func (v *visit) mend(c casework.Case, m casework.Missing) string {
	switch {
	case m.Camera != "":
		return path(c, "/kameraer/"+m.Camera)
	case m.Task != "" && m.Field != "":
		return path(c, "/ansoegning/"+m.Task+"#f-"+m.Field)
	case m.Task != "":
		return path(c, "/ansoegning/"+m.Task)
	case m.Field != "":
		return "#f-" + m.Field
	case m.Step != "":
		return path(c, "/trin/"+m.Step)
	}
	return "#main"
}
