// Package safeguards shows the controller's security description (D 3.5.1): what
// is so, what the controller has decided and what is missing, the versions that
// were issued, and a local guideline drafted from the same facts.
//
// What it promises: what is missing stands where it is missing; what is issued
// is what was shown; a version stays as it was.
//
// What it refuses: to change a version, or what is found in the facts.
package safeguards

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/processing"
	"vidne.dk/vidne/internal/register"
	room "vidne.dk/vidne/internal/safeguards"
	"vidne.dk/vidne/web"
)

const path = "/tilsyn/sikkerhed"

// Screens are the pages of the description.
type Screens struct {
	*page.Site
	Room      *room.Room
	Records   *processing.Room // what the guideline's draft is written from
	State     *state.Cache
	Documents *document.Room // nil: nothing can be issued
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
	at := func(pattern string, act access.Act, handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Handle: p.on(handle), Menu: page.Oversight}
	}
	dear := func(r page.Route) page.Route { r.Dear = page.Export; return r }
	fresh := func(r page.Route) page.Route { r.Fresh = identity.Fresh; return r }
	return []page.Route{
		at("GET "+path, access.SeeRegister, p.show),
		dear(at("GET "+path+"/fil/{form}", access.SeeRegister, p.file)),
		dear(at("GET "+path+"/retningslinje/{form}", access.SeeRegister, p.guideline)),
		at("GET "+path+"/del/{del}", access.EditRules, p.edit),
		at("POST "+path+"/del/{del}", access.EditRules, p.decide),
		at("GET "+path+"/udgiv", access.EditRules, p.issueForm),
		fresh(at("POST "+path+"/udgiv", access.EditRules, p.issue)),
		at("GET "+path+"/udgave/{udgave}", access.SeeRegister, p.version),
		dear(at("GET "+path+"/udgave/{udgave}/fil", access.SeeRegister, p.versionFile)),
	}
}

// Heard is what the recorder says of a controller's cameras, the late deletions
// of those among it.
func Heard(v *page.Visit, site *page.Site, cache *state.Cache) (e room.Engine, late []engineapi.Deletion, now state.Now, err error) {
	keys, err := site.Register.Keys(v.Ctx, register.Query{Controller: v.Person.Controller})
	if err != nil {
		return e, nil, now, err
	}
	now = cache.Get(v.Ctx)
	e.Away = now.Away
	mine := map[string]bool{}
	for _, k := range keys {
		mine[k.ID] = true
		if s, ok := now.Camera(k.ID); ok && !now.Away {
			e.Cameras++
			if s.Encrypted {
				e.Encrypted++
			}
		}
	}
	if now.Away || now.LateDeleted == 0 {
		return e, nil, now, nil
	}
	all, err := site.Engine.Deletions(v.Ctx, v.Now.Add(-2*permit.LongestRetention), v.Now)
	if fault.Is(err, fault.Unavailable) {
		e.Away, err = true, nil
	}
	for _, d := range all {
		if d.State == "late" && mine[d.Camera] {
			late = append(late, d)
		}
	}
	e.Late = len(late) > 0
	return e, late, now, err
}

func (v *visit) describe() (room.Description, error) {
	e, _, _, err := Heard(v.Visit, v.s.Site, v.s.State)
	if err != nil {
		return room.Description{}, err
	}
	return v.s.Room.Describe(v.Ctx, v.Person.Controller, e)
}

func (p *Screens) show(v *visit) error {
	d, err := v.describe()
	if err != nil {
		return err
	}
	versions, err := p.Room.Of(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	pg := v.descriptionPage(d, versions)
	v.Said(&pg.Shell)
	return v.Show(http.StatusOK, pg)
}

func (p *Screens) file(v *visit) error {
	d, err := v.describe()
	if err != nil {
		return err
	}
	return v.SendPaper(v.T("safeguards.file")+"-"+v.Person.Controller, v.R.PathValue("form"), v.paper(d, 0, time.Time{}))
}

// part is the one that the address names.
func (v *visit) part() (room.Part, error) {
	part := room.Part(v.R.PathValue("del"))
	for _, p := range room.Parts() {
		if p == part {
			return part, nil
		}
	}
	return "", fault.New(fault.NotFound, "safeguards.part", "no part %.40q", part)
}

func (v *visit) partPage(part room.Part, f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, []fds.Link{{Href: path, Text: v.T("safeguards.title")}}, v.T("safeguards.part."+string(part)))
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("safeguards.asks"), Text: v.T("safeguards.asks." + string(part))}
	return pg
}

func (v *visit) partForm() *page.Form {
	return v.NewForm("safeguards.decide").Area("ord", room.LongestText/2, 8, true)
}

func (p *Screens) edit(v *visit) error {
	part, err := v.part()
	if err != nil {
		return err
	}
	texts, err := p.Room.Texts(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.ShowForm(v.partPage(part, v.partForm().Fill(url.Values{"ord": {texts[part].Words}})))
}

func (v *visit) who() room.Who {
	return room.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (p *Screens) decide(v *visit) error {
	part, err := v.part()
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.partForm().Fill(in).Check()
	if !f.OK() {
		return v.ShowForm(v.partPage(part, f))
	}
	if err := p.Room.Decide(v.Ctx, part, f.Get("ord"), v.who()); err != nil {
		return err
	}
	return v.See(path + "?besked=sikkerhed-skrevet#" + string(part))
}

func (v *visit) issuePage(f *page.Form, d room.Description) *page.FormPage {
	pg := v.NewFormPage(f, []fds.Link{{Href: path, Text: v.T("safeguards.title")}})
	pg.Hidden = []fds.Choice{{Text: "segl", Value: d.Seal()}}
	if n := d.Lacks(); n > 0 {
		pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.N("safeguards.lacks", int64(n)), Text: v.T("safeguards.issue.lacks")}
	}
	return pg
}

func (v *visit) issueFields() *page.Form {
	return v.NewForm("safeguards.issue").Area("nyt", 1000, 3, false)
}

func (p *Screens) issueForm(v *visit) error {
	d, err := v.describe()
	if err != nil {
		return err
	}
	return v.ShowForm(v.issuePage(v.issueFields(), d))
}

// issue fixes what was shown as the next version, with its file in Danish: what
// is handed to people and what is read years from now is the same.
func (p *Screens) issue(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	d, err := v.describe()
	if err != nil {
		return err
	}
	f := v.issueFields().Fill(in).Check()
	if !f.OK() {
		return v.ShowForm(v.issuePage(f, d))
	}
	issued, err := p.publish(v, d, in.Get("segl"), f.Get("nyt"), v.who())
	if err != nil {
		return err
	}
	return v.See(path + "/udgave/" + strconv.Itoa(issued.Version.Version) + "?besked=sikkerhed-udgivet")
}

// Issue makes the next version of what is so now: for the demonstration, and
// whoever else is no visitor.
func (p *Screens) Issue(ctx context.Context, of register.Controller, note string, who room.Who) (room.Version, error) {
	v := &visit{&page.Visit{Words: p.In(page.Danish), Site: p.Site, Ctx: ctx, Now: p.Clock.Now(), Controller: of, Person: access.Person{ID: who.Person, Controller: of.ID}}, p}
	d, err := v.describe()
	if err != nil {
		return room.Version{}, err
	}
	return p.publish(v, d, d.Seal(), note, who)
}

// publish writes the file, in Danish whoever asks, and issues the version.
func (p *Screens) publish(v *visit, d room.Description, seal, note string, who room.Who) (room.Version, error) {
	if p.Documents == nil {
		return room.Version{}, fault.New(fault.Unavailable, "document.unknown", "no documents are kept here")
	}
	versions, err := p.Room.Of(v.Ctx, who.Controller)
	if err != nil {
		return room.Version{}, err
	}
	visitor := *v.Visit
	visitor.Words = p.In(page.Danish)
	da := &visit{&visitor, p}
	file, err := da.pdf(d, len(versions)+1)
	if err != nil {
		return room.Version{}, err
	}
	doc, err := p.Documents.Add(v.Ctx, document.New{Controller: who.Controller, Kind: room.Kind, Name: da.T("safeguards.file") + "-" + strconv.Itoa(len(versions)+1) + ".pdf", By: who.Person, Accept: []document.Type{document.PDF}}, bytes.NewReader(file))
	if err != nil {
		return room.Version{}, err
	}
	issued, err := p.Room.Issue(v.Ctx, d, seal, da.T("safeguards.paper"), note, doc.ID, who)
	if err != nil {
		err = errors.Join(err, p.Documents.Remove(v.Ctx, who.Controller, doc.ID, who.Person))
	}
	return issued, err
}

func (v *visit) pdf(d room.Description, n int) ([]byte, error) {
	var fonts paper.Fonts
	var err error
	if fonts.Regular, err = web.Font("Regular"); err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	if fonts.Bold, err = web.Font("Bold"); err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	var b bytes.Buffer
	err = v.paper(d, n, v.Now).PDF(&b, fonts)
	return b.Bytes(), err
}

// one is the version that the address names.
func (p *Screens) one(v *visit) (room.Version, error) {
	all, err := p.Room.Of(v.Ctx, v.Person.Controller)
	if err != nil {
		return room.Version{}, err
	}
	for _, x := range all {
		if strconv.Itoa(x.Version.Version) == v.R.PathValue("udgave") {
			return x, nil
		}
	}
	return room.Version{}, fault.New(fault.NotFound, "safeguards.version", "no version %.10q", v.R.PathValue("udgave"))
}

func (p *Screens) version(v *visit) error {
	x, err := p.one(v)
	if err != nil {
		return err
	}
	pg := v.versionPage(x)
	v.Said(&pg.Shell)
	return v.Show(http.StatusOK, pg)
}

func (p *Screens) versionFile(v *visit) error {
	x, err := p.one(v)
	if err != nil {
		return err
	}
	d, c, err := p.Documents.Read(v.Ctx, v.Person.Controller, x.Document)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // read only
	return document.Serve(v.W, d, c)
}
