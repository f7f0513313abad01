// Package help shows the guides inside the product, and the accessibility
// statement (tilgængelighedserklæring, webtilgængelighedsloven § 4).
//
// What it promises: a guide is what stands in docs/guide, in the same words;
// each front page leads to the one that is about it; the statement is open to
// everybody and says how to complain.
//
// What it refuses: markup in a guide that is not one of ours.
package help

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"

	guides "vidne.dk/vidne/docs/guide"
)

const picturesPath = page.HelpPath + "/" + guides.PicturesIn

// Screens are the pages of help.
type Screens struct{ *page.Site }

// Guide is one guide.
type Guide struct {
	Name, Title string
	Role        bool // it is about a role, not about a page
	Blocks      []Block
}

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	open := func(pattern string, handle func(*page.Visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: access.Public, Handle: handle}
	}
	return []page.Route{
		{Pattern: "GET " + page.HelpPath, Act: access.Own, Menu: page.Home, Handle: p.list},
		{Pattern: "GET " + page.HelpPath + "/{guide}", Act: access.Own, Menu: page.Home, Handle: p.one},
		{Pattern: "GET " + picturesPath + "{skaerm}", Act: access.Own, Menu: page.Home, Passive: true, Handle: p.picture},
		open("GET /tilgaengelighed", p.statement),
		// The address that Digitaliseringsstyrelsen asks every site for.
		open("GET /was", func(v *page.Visit) error { return v.See("/tilgaengelighed") }),
	}
}

// danish reports whether a guide is for those who use the product: the others
// are about building and checking it.
func danish(name string) bool { return !slices.Contains([]string{"rules", "start", "verify"}, name) }

// Read finds a guide by its name; an unknown one is NotFound "page.unknown".
func Read(name string) (Guide, error) {
	text, err := fs.ReadFile(guides.Files(), name+".md")
	if err != nil || !danish(name) {
		return Guide{}, fault.New(fault.NotFound, "page.unknown", "no guide %.20q", name)
	}
	g := Guide{Name: name, Role: strings.HasPrefix(name, "rolle-")}
	g.Title, g.Blocks = parse(string(text), func(href string) string {
		to, part, _ := strings.Cut(href, "#")
		other, ok := strings.CutSuffix(to, ".md")
		if _, err := fs.Stat(guides.Files(), to); !ok || err != nil || !danish(other) || part != "" {
			return ""
		}
		return page.HelpPath + "/" + other
	})
	return g, g.hang()
}

// hang finds the pictures that the guide shows. Their addresses hold what they
// are, so that a browser may keep them for good.
func (g *Guide) hang() error {
	listed, err := guides.Pictures()
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	for _, b := range g.Blocks {
		if b.Picture == nil {
			continue
		}
		i := slices.IndexFunc(listed, func(p guides.Picture) bool { return guides.PicturesIn+p.File == b.Picture.File })
		data, err := fs.ReadFile(guides.Files(), b.Picture.File)
		if i < 0 || err != nil {
			return fault.New(fault.Internal, "", "the guide %s shows %s, which is not there", g.Name, b.Picture.File)
		}
		sum := sha256.Sum256(data)
		b.Picture.File = page.HelpPath + "/" + b.Picture.File + "?v=" + hex.EncodeToString(sum[:6])
		b.Picture.Width, b.Picture.Height = listed[i].Width, listed[i].Height
	}
	return nil
}

// All are the guides, those of the roles first, by title.
func All() (out []Guide, err error) {
	names, err := fs.Glob(guides.Files(), "*.md")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	for _, n := range names {
		if n = strings.TrimSuffix(n, ".md"); danish(n) {
			g, err := Read(n)
			if err != nil {
				return nil, err
			}
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b Guide) int {
		if a.Role != b.Role {
			return map[bool]int{true: -1, false: 1}[a.Role]
		}
		return cmp.Compare(a.Title, b.Title)
	})
	return out, nil
}

type guidePage struct {
	page.Shell
	Blocks []Block
}

func (p *Screens) one(v *page.Visit) error {
	g, err := Read(v.R.PathValue("guide"))
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, shown(v, g))
}

func (p *Screens) picture(v *page.Visit) error {
	name := v.R.PathValue("skaerm")
	data, err := fs.ReadFile(guides.Files(), guides.PicturesIn+name)
	if err != nil || path.Ext(name) != ".webp" {
		return fault.New(fault.NotFound, "page.unknown", "no picture %.20q", name)
	}
	v.W.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	return v.Send("image/webp", data)
}

func shown(v *page.Visit, g Guide) *guidePage {
	return &guidePage{Shell: v.NewShell("guide", g.Title, fds.Link{Href: page.HelpPath, Text: v.T("help.title")}), Blocks: g.Blocks}
}

func (p *Screens) list(v *page.Visit) error {
	all, err := All()
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, listed(v, all))
}

func listed(v *page.Visit, all []Guide) *page.Record {
	pg := v.NewRecord(v.T("help.title"), v.T("help.lead"))
	roles := page.Section{ID: "roller", Heading: v.T("help.roles"), Lead: v.T("help.roles.text"), Half: true}
	pages := page.Section{ID: "sider", Heading: v.T("help.pages"), Lead: v.T("help.pages.text"), Half: true}
	for _, g := range all {
		s := &pages
		if g.Role {
			s = &roles
		}
		s.Links = append(s.Links, fds.Link{Href: page.HelpPath + "/" + g.Name, Text: g.Title})
	}
	if len(roles.Links) > 0 {
		pg.Add(roles)
	}
	pg.Add(pages)
	return pg
}

// statement is the accessibility statement. The contacts are the controllers'
// own, from the register.
func (p *Screens) statement(v *page.Visit) error {
	all, err := p.Register.Controllers(v.Ctx)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, stated(v, all))
}

func stated(v *page.Visit, all []register.Controller) *page.Record {
	host := v.Site.BaseURL
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Host
	}
	pg := v.NewRecord(v.T("was.title"), v.T("was.lead", host))
	pg.Add(page.Section{ID: "status", Heading: v.T("was.status"), Paragraphs: []string{v.T("was.status.text"), v.T("was.own", host)}})
	lacks := page.Section{ID: "mangler", Heading: v.T("was.lacks"), Grid: page.NewGrid(v.T("was.lacks"), v.T("was.what"), v.T("was.why"), v.T("was.instead"))}
	// The three grounds of the model statement.
	for _, x := range []struct {
		ground string
		what   []string
	}{{"law", []string{"plan", "editor", "pdf"}}, {"burden", []string{"footage"}}, {"outside", []string{"live", "annexes"}}} {
		for _, k := range x.what {
			lacks.Grid.Add(page.Cell{Text: v.T("was." + k)}, page.Cell{Text: v.T("was." + x.ground), More: []string{v.T("was." + k + ".why")}}, page.Cell{Text: v.T("was." + k + ".instead")})
		}
	}
	pg.Add(lacks)
	contact := page.Section{ID: "kontakt", Heading: v.T("was.contact"), Lead: v.T("was.contact.text"), List: &fds.StructuredList{Caption: v.T("was.contact")}}
	for _, c := range all {
		text := c.Contact
		if text == "" {
			text = v.T("was.contact.none")
		}
		contact.List.Rows = append(contact.List.Rows, fds.Row{Term: c.Name, Text: text})
	}
	pg.Add(contact)
	pg.Add(page.Section{ID: "klage", Heading: v.T("was.complain"), Paragraphs: []string{v.T("was.complain.text"), v.T("was.complain.where")}})
	pg.Add(page.Section{ID: "dato", Heading: v.T("was.made"), Paragraphs: []string{v.T("was.made.text"), v.T("was.status.how")}})
	return pg
}

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	sample := Guide{Name: "eksempel", Title: "Tilstand", Blocks: []Block{
		{Paragraph: []Span{{Text: "Åbn "}, {Text: "Tilstand", Kind: "strong"}, {Text: ". Se også "}, {Text: "adgang", Kind: "link", Href: page.HelpPath + "/adgang"}, {Text: "."}}},
		{Heading: []Span{{Text: "Hvad der bliver set på"}}, Level: 2},
		{Table: [][][]Span{{{{Text: "Område"}}, {{Text: "Galt"}}}, {{{Text: "Sletning"}}, {{Text: "noget er over sin tid"}}}}},
		{List: [][]Span{{{Text: "Vælg et sted."}}, {{Text: "Gør det, der står øverst."}}}, Numbered: true},
		{List: [][]Span{{{Text: "CSV", Kind: "code"}}}}, {Code: "vidne check"},
	}}
	return []page.Story{
		{Name: "hjaelp", Who: access.Operator, Path: page.HelpPath, Make: func(v *page.Visit) page.Page {
			return listed(v, []Guide{{Name: "rolle-operatoer", Title: "Til dig, der er udpeget", Role: true}, {Name: "tilstand", Title: "Hvordan står det til?"}})
		}},
		{Name: "hjaelp-vejledning", Who: access.Operator, Path: page.HelpPath + "/tilstand", Make: func(v *page.Visit) page.Page { return shown(v, sample) }},
		{Name: "hjaelp-billeder", Who: access.Coordinator, Path: page.HelpPath + "/rolle-koordinator", Make: func(v *page.Visit) page.Page {
			g, err := Read("rolle-koordinator")
			if err != nil {
				return v.SampleError(http.StatusInternalServerError, "internal", "")
			}
			return shown(v, g)
		}},
		{Name: "tilgaengelighed", Path: "/tilgaengelighed", Make: func(v *page.Visit) page.Page {
			return stated(v, []register.Controller{{Name: "Lindeby Kommune", Contact: "Rådhuset, Torvet 1, 7400 Lindeby, post@lindeby.example"}, {Name: "Kadence Fitness ApS"}})
		}},
	}
}
