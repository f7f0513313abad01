// Package processing shows the record of processing activities (fortegnelse,
// GDPR art. 30), and gives it away as a file for the controller's own register.
//
// What it promises: the page and every file say the same, and when it was so.
//
// What it refuses: to let anybody write in it. What is wrong in it is wrong in
// the register or in a permit, and is put right there.
package processing

import (
	"bytes"
	"encoding/json"
	"net/http"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/processing"
	"vidne.dk/vidne/web"
)

const path = "/tilsyn/fortegnelse"

// Screens are the pages of the record.
type Screens struct {
	*page.Site
	Room *processing.Room
	Law  *law.Book
}

type visit struct {
	*page.Visit
	s *Screens
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p}) }
}

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET " + path, Act: access.SeeRegister, Handle: p.on(p.show), Menu: page.Oversight},
		{Pattern: "GET " + path + "/fil/{form}", Act: access.SeeRegister, Handle: p.on(p.file), Menu: page.Oversight, Dear: page.Export},
	}
}

func (p *Screens) show(v *visit) error {
	r, err := p.Room.Record(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.recordPage(r))
}

// file sends the record as PDF, DOCX, HTML, XLSX, CSV or JSON.
func (p *Screens) file(v *visit) error {
	r, err := p.Room.Record(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	name := v.T("processing.file") + "-" + v.Person.Controller
	var b bytes.Buffer
	switch form := v.R.PathValue("form"); form {
	case "pdf":
		regular, err := web.Font("Regular")
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		bold, err := web.Font("Bold")
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if err := v.paper(r).PDF(&b, paper.Fonts{Regular: regular, Bold: bold}); err != nil {
			return err
		}
		return v.File(name+".pdf", "application/pdf", b.Bytes())
	case "docx":
		if err := v.paper(r).DOCX(&b); err != nil {
			return err
		}
		return v.File(name+".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b.Bytes())
	case "html":
		if err := v.paper(r).HTML(&b); err != nil {
			return err
		}
		return v.File(name+".html", "text/html; charset=utf-8", b.Bytes())
	case "json":
		out, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		return v.File(name+".json", "application/json", append(out, '\n'))
	case "xlsx", "csv":
		return v.Sheet(name+"."+form, v.table(r))
	}
	return fault.New(fault.NotFound, "page.unknown", "no record as %.10q", v.R.PathValue("form"))
}
