// Package inspection shows the front of papers and oversight, and the answers to
// an inspection's twelve questions: on the page, as PDF, DOCX and HTML, and as a
// sealed package for whoever asks (D 2).
//
// What it promises: the page and every file say the same, and when it was so; a
// gap stands with its answer, with what to do; what is handed out is an act that
// stands in the ledger, and can be checked without us.
//
// What it refuses: to let anybody write in an answer. What is wrong in it is
// wrong in the facts, and is put right there.
package inspection

import (
	"encoding/json"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/deletion"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/identity"
	room "vidne.dk/vidne/internal/inspection"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/safeguards"
	"vidne.dk/vidne/internal/portal/state"
	description "vidne.dk/vidne/internal/safeguards"
)

const (
	path  = "/tilsyn/svar"
	front = "/tilsyn"
)

// Screens are the pages of answers, and the front.
type Screens struct {
	*page.Site
	Room      *room.Room
	State     *state.Cache
	Law       *law.Book
	Documents *document.Room // nil: no pictures are shown
	// Safeguards, Deletions, Guideline and Letters are what the front tells the
	// state of; the latter two may be nil.
	Safeguards *description.Room
	Guideline  *guideline.Room
	Letters    *letter.Room
	Deletions  *deletion.Room
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
	one := path + "/sted/{location}"
	at := func(pattern string, handle func(*visit) error) page.Route {
		r := page.Route{Pattern: pattern, Act: access.SeeLog, Handle: p.on(handle), Menu: page.Oversight}
		return r
	}
	of := func(r page.Route) page.Route { r.Object = p.ofLocation; return r }
	dear := func(r page.Route) page.Route { r.Dear = page.Export; return r }
	grave := func(r page.Route) page.Route { r.Fresh = identity.Fresh; return dear(r) }
	return []page.Route{
		{Pattern: "GET " + front, Act: access.SeeRegister, Handle: p.on(p.front), Menu: page.Oversight, Front: "papers.title", Rank: 8},
		at("GET "+path, p.show), dear(at("GET "+path+"/fil/{form}", p.file)), at("GET "+path+"/udlever", p.handForm), grave(at("POST "+path+"/udlever", p.hand)),
		of(at("GET "+one, p.show)), of(dear(at("GET "+one+"/fil/{form}", p.file))), of(at("GET "+one+"/udlever", p.handForm)), of(grave(at("POST "+one+"/udlever", p.hand))),
	}
}

func (p *Screens) ofLocation(v *page.Visit) (access.Object, error) {
	l, err := p.Register.Location(v.Ctx, v.Person.Controller, v.R.PathValue("location"))
	v.Keep(l)
	return access.Object{Controller: l.Controller, Location: l.ID}, err
}

// answers asks the room, with what the recorder says.
func (p *Screens) answers(v *visit) (room.Answers, error) {
	e, late, now, err := safeguards.Heard(v.Visit, p.Site, p.State)
	if err != nil {
		return room.Answers{}, err
	}
	return p.Room.Answers(v.Ctx, room.Query{Controller: v.Person.Controller, Location: v.R.PathValue("location"), Engine: room.Engine{Engine: e, Late: late,
		Oldest: func(camera string) time.Time { s, _ := now.Camera(camera); return s.Oldest }}})
}

// base is the address of these answers.
func (v *visit) base(a room.Answers) string {
	if a.Location != "" {
		return path + "/sted/" + a.Location
	}
	return path
}

func (p *Screens) show(v *visit) error {
	a, err := p.answers(v)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.answersPage(a))
}

func (p *Screens) file(v *visit) error {
	a, err := p.answers(v)
	if err != nil {
		return err
	}
	return v.SendPaper(v.name(a), v.R.PathValue("form"), v.paper(a, v.pictures(a)))
}

// name is what files of the answers are called.
func (v *visit) name(a room.Answers) string {
	name := v.T("inspection.file") + "-" + a.ControllerID
	if a.Location != "" {
		name += "-" + a.Location
	}
	return name + "-" + v.Now.In(page.Zone()).Format(time.DateOnly)
}

func (v *visit) handed() *page.Form {
	return v.NewForm("inspection.hand").Text("modtager", 100, false).Text("reference", 80, true).Area("grund", 1000, 3, false)
}

func (v *visit) handedPage(f *page.Form, base string) *page.FormPage {
	pg := v.NewFormPage(f, []fds.Link{{Href: front, Text: v.T("papers.title")}, {Href: base, Text: v.T("inspection.title")}})
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("inspection.hand.what"), Text: v.T("inspection.hand.what.text")}
	return pg
}

func (p *Screens) handForm(v *visit) error {
	f := v.handed()
	f.Fill(map[string][]string{"modtager": {"Datatilsynet"}})
	return v.ShowForm(v.handedPage(f, v.base(room.Answers{Location: v.R.PathValue("location")})))
}

// hand makes the sealed package: an act, with its reason, that stands in the
// ledger and is shown in the package.
func (p *Screens) hand(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.handed().Fill(in).Check()
	if len([]rune(f.Get("grund"))) < page.ShortestReason {
		f.Fail("grund", v.T("grave.reason.short", page.ShortestReason))
	}
	if !f.OK() {
		return v.ShowForm(v.handedPage(f, v.base(room.Answers{Location: v.R.PathValue("location")})))
	}
	a, err := p.answers(v)
	if err != nil {
		return err
	}
	files, err := v.files(a)
	if err != nil {
		return err
	}
	sealed := page.Sealed{Act: "inspection.answered", Files: files, Entries: a.Entries(), Readme: v.readme(a), Body: map[string]any{
		"location": a.Location, "recipient": f.Get("modtager"), "reference": f.Get("reference"), "reason": f.Get("grund"), "gaps": a.Gaps(), "cameras": a.Cameras, "locations": a.Locations}}
	file, _, err := v.Seal(sealed)
	if err != nil {
		return err
	}
	return v.File("vidne-"+v.name(a)+".zip", "application/zip", file)
}

// files are what a package holds: the answers to read, to keep and to count on,
// and the pictures and documents of a single location.
func (v *visit) files(a room.Answers) (map[string][]byte, error) {
	out := map[string][]byte{}
	pictures := v.pictures(a)
	doc := v.paper(a, pictures)
	var err error
	for _, form := range []string{"html", "pdf"} {
		if out["svar."+form], _, err = page.PaperFile(form, doc); err != nil {
			return nil, err
		}
	}
	if out["svar.json"], err = json.MarshalIndent(a, "", " "); err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	for _, x := range pictures {
		out["bilag/"+x.name] = x.Data
	}
	return out, nil
}
