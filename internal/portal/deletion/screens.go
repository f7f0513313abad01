// Package deletion shows the monthly statements of what was deleted
// (sletteopgørelser, D 3.2): on the page, as PDF, DOCX, HTML, XLSX, CSV and
// JSON, and as a sealed package for whoever asks.
//
// What it promises: the page and every file say the same; what is late stands
// first, with why and what to do; a month without a statement is shown as it is
// now, and says so.
//
// What it refuses: to seal what was not stated, and to say how it stands while
// the recorder does not answer.
package deletion

import (
	"bytes"
	"encoding/json"
	"net/http"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/deletion"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

// Path is where the statements are listed.
const Path = "/tilsyn/sletninger/maaned"

// Screens are the pages of statements.
type Screens struct {
	*page.Site
	Room *room.Room
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
	const one = Path + "/{maaned}"
	return []page.Route{
		{Pattern: "GET " + Path, Act: access.SeeDeletions, Handle: p.on(p.list), Menu: page.Oversight},
		{Pattern: "GET " + one, Act: access.SeeDeletions, Handle: p.on(p.one), Menu: page.Oversight},
		{Pattern: "GET " + one + "/fil/{form}", Act: access.SeeDeletions, Handle: p.on(p.file), Menu: page.Oversight, Dear: page.Export},
		{Pattern: "GET " + one + "/udlever", Act: access.SeeLog, Handle: p.on(p.handForm), Menu: page.Oversight},
		{Pattern: "POST " + one + "/udlever", Act: access.SeeLog, Handle: p.on(p.hand), Menu: page.Oversight, Fresh: identity.Fresh, Dear: page.Export},
	}
}

// stated is a statement as it is shown: one that stands, or how it is now.
type stated struct {
	room.Statement
	month  room.Month
	issued *room.Issued
	away   bool // the recorder does not answer, and nothing is known
}

// of is the statement of the month that the address names; one that is yet to
// come is fault.NotFound "deletion.month".
func (p *Screens) of(v *visit) (s stated, err error) {
	if s.month, err = room.ParseMonth(v.R.PathValue("maaned")); err != nil {
		return s, err
	}
	if room.MonthOf(v.Now).Before(s.month) {
		return s, fault.New(fault.NotFound, "deletion.month", "month %s is yet to come", s.month)
	}
	i, ok, err := p.Room.Get(v.Ctx, v.Person.Controller, s.month)
	if err != nil {
		return s, err
	}
	if ok {
		s.Statement, s.issued = i.Statement, &i
		return s, nil
	}
	s.Statement, err = p.Room.Make(v.Ctx, v.Person.Controller, s.month)
	if fault.Is(err, fault.Unavailable) {
		s.away, err = true, nil
	}
	return s, err
}

func (p *Screens) list(v *visit) error {
	all, err := p.Room.Of(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	awaited, err := p.Room.Awaited(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.listPage(all, awaited))
}

func (p *Screens) one(v *visit) error {
	s, err := p.of(v)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.onePage(s))
}

// known is a statement that something can be made of: fault.Unavailable
// "engine.away" while the recorder does not answer.
func (p *Screens) known(v *visit) (stated, error) {
	s, err := p.of(v)
	if err == nil && s.away {
		err = fault.New(fault.Unavailable, "engine.away", "nothing is known of %s", s.month)
	}
	return s, err
}

// file sends the statement as PDF, DOCX, HTML, XLSX, CSV or JSON.
func (p *Screens) file(v *visit) error {
	s, err := p.known(v)
	if err != nil {
		return err
	}
	switch form := v.R.PathValue("form"); form {
	case "xlsx", "csv":
		return v.Sheet(v.name(s)+"."+form, v.table(s))
	case "json":
		data, err := s.body()
		if err != nil {
			return err
		}
		return v.File(v.name(s)+".json", "application/json", data)
	default:
		return v.SendPaper(v.name(s), form, v.paper(s))
	}
}

// body is the statement as data: of one that stands, byte for byte.
func (s stated) body() ([]byte, error) {
	if s.issued != nil {
		return s.issued.Body, nil
	}
	b, err := json.MarshalIndent(s.Statement, "", " ")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	return b, nil
}

// name is what files of the statement are called.
func (v *visit) name(s stated) string {
	return v.T("deletion.file") + "-" + v.Person.Controller + "-" + s.month.String()
}

func (v *visit) handed() *page.Form {
	return v.NewForm("deletion.hand").Text("modtager", 100, false).Text("reference", 80, true).Area("grund", 1000, 3, false)
}

func (v *visit) handedPage(f *page.Form, m room.Month) *page.FormPage {
	pg := v.NewFormPage(f, []fds.Link{{Href: Path, Text: v.T("deletion.title")}, {Href: room.Path(m.String()), Text: v.month(m)}}, v.month(m))
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("inspection.hand.what"), Text: v.T("deletion.hand.what")}
	return pg
}

// standing is the month's statement, if it was made: only such a one is handed
// out; else fault.Conflict "deletion.not-made".
func (p *Screens) standing(v *visit) (s stated, err error) {
	s, err = p.of(v)
	if err == nil && s.issued == nil {
		err = fault.New(fault.Conflict, "deletion.not-made", "%s is not stated", s.month)
	}
	return s, err
}

func (p *Screens) handForm(v *visit) error {
	s, err := p.standing(v)
	if err != nil {
		return err
	}
	f := v.handed()
	f.Fill(map[string][]string{"modtager": {"Datatilsynet"}})
	return v.ShowForm(v.handedPage(f, s.month))
}

// hand makes the sealed package: an act, with its reason. The ledger's entry of
// when the statement was made is shown beside that of the act.
func (p *Screens) hand(v *visit) error {
	s, err := p.standing(v)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.handed().Fill(in).Check()
	if len([]rune(f.Get("grund"))) < page.ShortestReason {
		f.Fail("grund", v.T("grave.reason.short", page.ShortestReason))
	}
	if !f.OK() {
		return v.ShowForm(v.handedPage(f, s.month))
	}
	files, err := v.files(s)
	if err != nil {
		return err
	}
	file, _, err := v.Seal(page.Sealed{Act: "deletions.handed", Files: files, Entries: []int64{s.issued.Entry}, Readme: v.readme(s), Body: map[string]any{
		"month": s.Month, "recipient": f.Get("modtager"), "reference": f.Get("reference"), "reason": f.Get("grund")}})
	if err != nil {
		return err
	}
	return v.File("vidne-"+v.name(s)+".zip", "application/zip", file)
}

// files are what a package holds: the statement to read, to count on and as it
// stands.
func (v *visit) files(s stated) (out map[string][]byte, err error) {
	out = map[string][]byte{"opgoerelse.json": s.issued.Body}
	doc := v.paper(s)
	for _, form := range []string{"html", "pdf"} {
		if out["opgoerelse."+form], _, err = page.PaperFile(form, doc); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := v.table(s).XLSX(&b); err != nil {
		return nil, err
	}
	out["opgoerelse.xlsx"] = b.Bytes()
	return out, nil
}
