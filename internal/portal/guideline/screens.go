// Package guideline shows the controller's guideline in its versions, and runs
// its reviews (H 11): who is asked, what they say, and what came of it.
//
// What it promises: what is in force stands first, with the file; a review shows
// who has answered and who is missing; a party answers on one page.
//
// What it refuses: an answer on behalf of somebody who has an account.
package guideline

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/attach"
	"vidne.dk/vidne/internal/portal/page"
)

// Screens are the pages of the guideline.
type Screens struct {
	*page.Site
	Room      *room.Room
	Documents *document.Room
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s      *Screens
	review room.Review // that the address names
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p, page.Found[room.Review](v)}) }
}

const path = "/retningslinje"

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	if p.Documents == nil {
		return nil
	}
	const one = path + "/gennemgang/{gennemgang}"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Oversight}
	}
	files := func(r page.Route) page.Route {
		r.MaxBody, r.Fresh = page.UploadSize, identity.Fresh
		return r
	}
	return []page.Route{
		at("GET "+path, access.SeeRegister, nil, p.show),
		at("GET "+path+"/udgave/{nr}", access.SeeRegister, nil, p.version),
		at("GET "+path+"/ny", access.EditGuideline, nil, p.first),
		files(at("POST "+path+"/ny", access.EditGuideline, nil, p.firstSent)),
		at("GET "+path+"/gennemgang/ny", access.EditGuideline, nil, p.begin),
		at("POST "+path+"/gennemgang/ny", access.EditGuideline, nil, p.begun),
		at("GET "+one, access.SeeRegister, p.of, p.one),
		at("GET "+one+"/referat", access.SeeRegister, p.of, p.minutes),
		at("GET "+one+"/svar/{part}", access.SeeRegister, p.of, p.answer),
		at("POST "+one+"/svar/{part}", access.SeeRegister, p.of, p.answered),
		at("GET "+one+"/parter", access.EditGuideline, p.of, p.ask),
		at("POST "+one+"/parter", access.EditGuideline, p.of, p.asked),
		at("GET "+one+"/afslut", access.EditGuideline, p.of, p.conclude),
		files(at("POST "+one+"/afslut", access.EditGuideline, p.of, p.concluded)),
	}
}

// of is the review that the address names.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	x, err := p.Room.Get(v.Ctx, v.Person.Controller, v.R.PathValue("gennemgang"))
	if err != nil {
		return access.Object{}, err
	}
	v.Keep(x)
	return access.Object{Controller: x.Controller, Reference: x.Number}, nil
}

func (v *visit) who() room.Who {
	return room.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) edits() bool { return v.May(access.EditGuideline, access.Object{}) }

func (v *visit) here() string { return path + "/gennemgang/" + v.review.ID }

func (v *visit) crumbs() []fds.Link {
	all := []fds.Link{{Href: path, Text: v.T("guideline.title")}}
	if v.review.ID != "" {
		all = append(all, fds.Link{Href: v.here(), Text: v.review.Number})
	}
	return all
}

func (p *Screens) show(v *visit) error {
	g, err := p.Room.Of(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.showPage(g, v.edits()))
}

func (v *visit) showPage(g room.Guideline, edit bool) *page.Record {
	pg := v.NewRecord(v.T("guideline.title"), v.T("guideline.lead"))
	v.Said(&pg.Shell)
	open, running := g.Running()
	if edit {
		switch {
		case len(g.Versions) == 0:
			pg.Actions = []fds.Link{{Href: path + "/ny", Text: v.T("guideline.first")}}
		case !running:
			pg.Actions = []fds.Link{{Href: path + "/gennemgang/ny", Text: v.T("guideline.begin")}}
		}
	}
	pg.Add(page.Section{ID: "nu", Heading: v.T("guideline.now"), Alert: v.now(g), Live: true})
	if running {
		pg.Actions = append(pg.Actions, fds.Link{Href: path + "/gennemgang/" + open.ID, Text: v.T("guideline.running", open.Number)})
	}
	if len(g.Versions) > 0 {
		pg.Add(page.Section{ID: "udgaver", Heading: v.T("guideline.versions"), Grid: v.versions(g)})
	}
	reviews := page.Section{ID: "gennemgange", Heading: v.T("guideline.reviews"), Lead: v.T("guideline.reviews.lead"), Empty: v.T("guideline.reviews.none")}
	if len(g.Reviews) > 0 {
		reviews.Grid, reviews.Empty = v.reviews(g), ""
	}
	pg.Add(reviews)
	return pg
}

// now says how the guideline stands.
func (v *visit) now(g room.Guideline) *fds.Alert {
	say := func(tone fds.Tone, key string, args ...any) *fds.Alert {
		return &fds.Alert{Tone: tone, Heading: v.T("guideline.now." + key), Text: v.T("guideline.now."+key+".text", args...)}
	}
	open, running := g.Running()
	switch {
	case len(g.Versions) == 0:
		return say(fds.Error, "none")
	case running && open.Late(v.Now):
		return say(fds.Error, "late", open.Number, v.Date(open.Due), len(open.Missing()))
	case running && len(open.Missing()) > 0:
		return say(fds.Warning, "asked", open.Number, v.Date(open.Due), len(open.Missing()), len(open.Parties))
	case running:
		return say(fds.Warning, "heard", open.Number, v.Date(open.Due))
	case v.Now.After(g.Next()):
		return say(fds.Error, "over", v.Date(g.Next()))
	}
	return say(fds.Success, "well", v.Date(g.Next()))
}

func (v *visit) versions(g room.Guideline) *page.Grid {
	grid := page.NewGrid(v.T("guideline.versions"), v.T("guideline.column.version"), v.T("guideline.column.force"), v.T("guideline.column.note"), v.T("guideline.column.decided"))
	current, _ := g.InForce(v.Now)
	for _, x := range g.Versions {
		name := page.Cell{Href: path + "/udgave/" + strconv.Itoa(x.Version.Version), Text: v.T("guideline.version", x.Version.Version), Quiet: x.Title}
		switch {
		case x.InForce.After(v.Now):
			name.Badge = &fds.Badge{Tone: fds.Info, Text: v.T("guideline.coming")}
		case x.Version.Version == current.Version.Version:
			name.Badge = &fds.Badge{Tone: fds.Success, Text: v.T("guideline.inforce")}
		}
		// What is new stands a line each, as it was written.
		note := strings.Split(strings.ReplaceAll(x.Note, "\r\n", "\n"), "\n")
		grid.Add(name, page.Cell{Text: v.Date(x.InForce)}, page.Cell{Text: note[0], More: note[1:]}, page.Cell{Text: x.DecidedBy, Quiet: v.Date(x.Decided)})
	}
	return grid
}

func (v *visit) reviews(g room.Guideline) *page.Grid {
	grid := page.NewGrid(v.T("guideline.reviews"), v.T("guideline.column.review"), v.T("guideline.column.cause"), v.T("guideline.column.due"), v.T("guideline.column.parties"), v.T("guideline.column.outcome"))
	for _, x := range g.Reviews {
		grid.Add(page.Cell{Href: path + "/gennemgang/" + x.ID, Text: x.Number, Quiet: v.Date(x.Began)}, page.Cell{Text: v.T("guideline.cause." + string(x.Cause))}, page.Cell{Text: v.Date(x.Due)},
			page.Cell{Text: v.T("guideline.answers", len(x.Parties)-len(x.Missing()), len(x.Parties))}, page.Cell{Badge: v.badge(x)})
	}
	return grid
}

func (v *visit) badge(x room.Review) *fds.Badge {
	switch {
	case x.Late(v.Now):
		return &fds.Badge{Tone: fds.Error, Text: v.T("guideline.state.late")}
	case x.Open():
		return &fds.Badge{Tone: fds.Warning, Text: v.T("guideline.state.open")}
	}
	return &fds.Badge{Tone: fds.Success, Text: v.T("guideline.outcome." + string(x.Outcome))}
}

func (p *Screens) version(v *visit) error {
	g, err := p.Room.Of(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(v.R.PathValue("nr"))
	i := slices.IndexFunc(g.Versions, func(x room.Version) bool { return x.Version.Version == n })
	if i < 0 {
		return fault.New(fault.NotFound, "document.none", "no version %d", n)
	}
	return attach.Send(v.Visit, p.Documents, g.Versions[i].Document)
}

func (p *Screens) minutes(v *visit) error {
	if v.review.Minutes == "" {
		return fault.New(fault.NotFound, "document.none", "no minutes of %s", v.review.Number)
	}
	return attach.Send(v.Visit, p.Documents, v.review.Minutes)
}

func (p *Screens) one(v *visit) error {
	pg := v.onePage(v.edits())
	happened, err := v.Happened(v.review.ID, 20, "guideline.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(http.StatusOK, pg)
}

func (v *visit) onePage(edit bool) *page.Record {
	x := v.review
	pg := v.NewRecord(v.T("guideline.review", x.Number), v.T("guideline.review.lead"), v.crumbs()[:1]...)
	v.Said(&pg.Shell)
	pg.Badge = v.badge(x)
	if x.Open() {
		for _, p := range x.Missing() {
			if p.Person == v.Person.ID {
				pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/svar/" + p.ID, Text: v.T("guideline.answer")})
			}
		}
		if edit {
			pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/afslut", Text: v.T("guideline.conclude")}, fds.Link{Href: v.here() + "/parter", Text: v.T("guideline.ask")})
		}
	}
	facts := &fds.StructuredList{Caption: v.T("guideline.facts")}
	row := func(key, text string, more ...string) {
		facts.Rows = append(facts.Rows, fds.Row{Term: v.T("guideline.fact." + key), Text: text, More: more})
	}
	row("cause", v.T("guideline.cause."+string(x.Cause)), slices.DeleteFunc(append([]string{x.Reason}, x.Rules...), func(s string) bool { return s == "" })...)
	row("version", v.T("guideline.version", x.Version))
	row("began", v.Date(x.Began), x.By)
	row("due", v.Date(x.Due))
	pg.Add(page.Section{ID: "gennemgang", Heading: v.T("guideline.facts"), List: facts})
	if !x.Open() {
		pg.Add(v.conclusion())
	}
	grid := page.NewGrid(v.T("guideline.parties"), v.T("guideline.column.party"), v.T("guideline.column.answer"), v.T("guideline.column.when"), v.T("guideline.column.do"))
	for _, p := range x.Parties {
		grid.Add(v.party(p, edit)...)
	}
	pg.Add(page.Section{ID: "parter", Heading: v.T("guideline.parties"), Lead: v.T("guideline.parties.lead"), Grid: grid})
	return pg
}

// party is one party in its row.
func (v *visit) party(p room.Party, edit bool) []page.Cell {
	name := page.Cell{Text: p.Name, Quiet: v.T("guideline.party.body")}
	if p.Person != "" {
		name.Quiet = v.T("guideline.party.person")
	}
	if p.Answered.IsZero() {
		do := page.Cell{}
		if v.review.Open() && (p.Person == v.Person.ID || p.Person == "" && edit) {
			do = page.Cell{Href: v.here() + "/svar/" + p.ID, Text: v.T("guideline.answer.write")}
		}
		return []page.Cell{name, {Badge: &fds.Badge{Tone: fds.Warning, Text: v.T("guideline.party.missing")}}, {Text: v.T("guideline.party.asked", v.Date(p.Asked))}, do}
	}
	said := page.Cell{Badge: &fds.Badge{Tone: fds.Success, Text: v.T("guideline.party.none")}}
	if p.Comment != "" {
		said = page.Cell{Badge: &fds.Badge{Tone: fds.Info, Text: v.T("guideline.party.comment")}, Text: p.Comment}
	}
	return []page.Cell{name, said, {Text: v.DateTime(p.Answered), Quiet: p.By}, {}}
}

func (v *visit) conclusion() page.Section {
	x := v.review
	list := &fds.StructuredList{Caption: v.T("guideline.conclusion"), Rows: []fds.Row{
		{Term: v.T("guideline.fact.outcome"), Text: v.T("guideline.outcome." + string(x.Outcome)), More: []string{x.Words}},
		{Term: v.T("guideline.fact.concluded"), Text: v.DateTime(x.Concluded), More: []string{x.ConcludedBy}},
		{Term: v.T("guideline.fact.minutes"), Link: &fds.Link{Href: v.here() + "/referat", Text: v.T("guideline.minutes")}},
	}}
	if x.New > 0 {
		list.Rows = append(list.Rows, fds.Row{Term: v.T("guideline.fact.new"), Link: &fds.Link{Href: path + "/udgave/" + strconv.Itoa(x.New), Text: v.T("guideline.version", x.New)}})
	}
	return page.Section{ID: "konklusion", Heading: v.T("guideline.conclusion"), List: list}
}
