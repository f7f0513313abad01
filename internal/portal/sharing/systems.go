package sharing

import (
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sharing"
)

func (p *Screens) systems(v *visit) error {
	all, err := p.Shares.Systems(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(200, v.systemsPage(all, v.May(access.RunSharing, access.Object{})))
}

func (v *visit) systemsPage(all []sharing.System, edit bool) *page.Record {
	pg := v.NewRecord(v.T("systems.title"), v.T("systems.lead"), v.crumbs()...)
	v.Said(&pg.Shell)
	if edit {
		pg.Actions = []fds.Link{{Href: system + "/ny", Text: v.T("systems.new")}}
	}
	s := page.Section{ID: "systemer", Heading: v.T("systems.list"), Empty: v.T("systems.none")}
	if len(all) > 0 {
		s.Empty = ""
		s.Grid = page.NewGrid(v.T("systems.list"), v.T("systems.column.name"), v.T("systems.column.with"), v.T("systems.column.assessors"), v.T("systems.column.members"), v.T("systems.column.permission"))
		for _, x := range all {
			name := page.Cell{Text: x.Name, Quiet: x.Owner}
			if edit {
				name.Href = system + "/" + x.ID
			}
			permission := page.Cell{Text: v.T("systems.own.permission")}
			if x.Others {
				permission = page.Cell{Text: x.Permission.Journal, Quiet: v.T("systems.expires", v.Date(x.Permission.Expires))}
			}
			if x.Open(v.Now) != nil {
				permission.Badge = &fds.Badge{Tone: fds.Error, Text: v.T("systems.expired")}
			}
			s.Grid.Add(name, page.Cell{Text: v.T("systems.with." + with(x))}, page.Cell{Text: joined(assessors(x))}, page.Cell{Text: joined(members(x))}, permission)
		}
	}
	pg.Add(s)
	return pg
}

func with(s sharing.System) string {
	if s.Others {
		return "others"
	}
	return "own"
}

func assessors(s sharing.System) (out []string) {
	for _, a := range s.Assessors {
		out = append(out, a.Name+" ("+a.Qualification+")")
	}
	return out
}

func members(s sharing.System) (out []string) {
	for _, m := range s.Members {
		out = append(out, m.Name)
	}
	return out
}

// systemForm asks who assesses and who may see: one a line, by the name that
// they log in with.
func (v *visit) systemForm() *page.Form {
	f := v.NewForm("systemedit").Text("navn", incident.LongLine, false).Text("ansvarlig", incident.LongLine, false)
	f.Radio("med", fds.Choice{Value: "own", Text: v.T("systems.with.own"), Hint: v.T("systems.with.own.hint")}, fds.Choice{Value: "others", Text: v.T("systems.with.others"), Hint: v.T("systems.with.others.hint")})
	f.Area("fagpersoner", incident.Longest, 3, false).Area("liste", incident.Longest, 6, false)
	f.Section("permission").Text("journal", incident.LongLine, true).Date("givet", true).Date("udloeber", true).Area("vilkaar", 4*incident.Longest, 4, true)
	return f.Add(fds.Field{Name: "fil", Type: "file", Accept: ".pdf", Optional: true})
}

func (p *Screens) systemPage(v *visit) (*page.FormPage, error) {
	f := v.systemForm()
	s := v.system
	if s.ID == "" {
		return v.systemOf(f.Fill(url.Values{"med": {"own"}})), nil
	}
	login := func(id string) (string, error) {
		x, err := p.People.Person(v.Ctx, id)
		return x.Login, err
	}
	var who, list []string
	for _, a := range s.Assessors {
		l, err := login(a.Person)
		if err != nil {
			return nil, err
		}
		who = append(who, l+": "+a.Qualification)
	}
	for _, m := range s.Members {
		l, err := login(m.Person)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return v.systemOf(f.Fill(url.Values{"navn": {s.Name}, "ansvarlig": {s.Owner}, "med": {with(s)}, "fagpersoner": {strings.Join(who, "\n")}, "liste": {strings.Join(list, "\n")},
		"journal": {s.Permission.Journal}, "givet": {page.FormDate(s.Permission.Issued)}, "udloeber": {page.FormDate(s.Permission.Expires)}, "vilkaar": {s.Permission.Terms}})), nil
}

func (v *visit) systemOf(f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, []fds.Link{{Href: path, Text: v.T("sharing.title")}, {Href: system, Text: v.T("systems.title")}})
	pg.Files = true
	return pg
}

func (p *Screens) edit(v *visit) error {
	pg, err := p.systemPage(v)
	if err != nil {
		return err
	}
	return v.ShowForm(pg)
}

// logins are those who can be named: everybody of this business and of the other
// businesses here.
func (p *Screens) logins(v *visit) (map[string]string, error) {
	all, err := p.Register.Controllers(v.Ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, c := range all {
		if c.Kind != register.Business {
			continue
		}
		people, err := p.People.People(v.Ctx, c.ID)
		if err != nil {
			return nil, err
		}
		for _, x := range people {
			if !x.Closed {
				out[strings.ToLower(x.Login)] = x.ID
			}
		}
	}
	return out, nil
}

func systemFields() map[string]string {
	return map[string]string{"sharing.name": "navn", "sharing.owner": "ansvarlig", "sharing.assessors": "fagpersoner", "sharing.qualification": "fagpersoner", "sharing.members": "liste", "sharing.own-members": "liste", "sharing.person": "liste",
		"sharing.permission": "journal", "sharing.terms": "vilkaar", "sharing.document": "fil", "sharing.expires": "udloeber"}
}

func (p *Screens) saved(v *visit) error {
	doc := ""
	in, err := v.Upload(func(_ url.Values, file *multipart.Part) error {
		if p.Documents == nil {
			return fault.New(fault.Unavailable, "sharing.document", "no documents are kept")
		}
		d, err := p.Documents.Add(v.Ctx, document.New{Controller: v.Person.Controller, Kind: "permission", Name: file.FileName(), By: v.Person.ID, Accept: []document.Type{document.PDF}}, file)
		doc = d.ID
		return err
	})
	f := v.systemForm()
	pg := v.systemOf(f)
	if err != nil {
		if !strings.HasPrefix(fault.Key(err), "document.") {
			return err
		}
		f.Fill(in).FailWith("fil", err)
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	f.Fill(in).Check()
	s, err := p.readSystem(v, f, doc)
	if err == nil && f.OK() {
		if _, err = p.Shares.Save(v.Ctx, s, v.who()); err == nil {
			return v.See(system + "?besked=deling-system")
		}
	}
	if doc != "" { // nothing rests on it: the next attempt brings it again
		if rerr := p.Documents.Remove(v.Ctx, v.Person.Controller, doc, v.Person.ID); rerr != nil {
			return rerr
		}
	}
	if err != nil {
		field := systemFields()[fault.Key(err)]
		if field == "" {
			return err
		}
		f.FailWith(field, err)
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

func (p *Screens) readSystem(v *visit, f *page.Form, doc string) (s sharing.System, err error) {
	logins, err := p.logins(v)
	if err != nil {
		return s, err
	}
	s = sharing.System{ID: v.system.ID, Name: f.Get("navn"), Owner: f.Get("ansvarlig"), Others: f.Get("med") == "others", Permission: sharing.Permission{Journal: f.Get("journal"),
		Issued: v.date(f, "givet"), Expires: v.date(f, "udloeber"), Terms: f.Get("vilkaar"), Document: v.system.Permission.Document}}
	if doc != "" {
		s.Permission.Document = doc
	}
	find := func(field, login string) string {
		id := logins[strings.ToLower(strings.TrimSpace(login))]
		if id == "" {
			f.Fail(field, v.T("systemedit.unknown", strings.TrimSpace(login)))
		}
		return id
	}
	for l := range strings.Lines(f.Get("fagpersoner")) {
		if login, words, _ := strings.Cut(strings.TrimSpace(l), ":"); login != "" {
			s.Assessors = append(s.Assessors, sharing.Assessor{Person: find("fagpersoner", login), Qualification: strings.TrimSpace(words)})
		}
	}
	for l := range strings.Lines(f.Get("liste")) {
		if l = strings.TrimSpace(l); l != "" {
			s.Members = append(s.Members, sharing.Member{Person: find("liste", l)})
		}
	}
	return s, nil
}
