package portal

import (
	"net/http"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
)

// storyPage is the list of stories.
type storyPage struct {
	page.Shell
	Stories []fds.Link
}

func (p *Portal) storybookRoutes() []page.Route {
	return []page.Route{
		{Pattern: "GET /storybook", Act: access.Public, Handle: func(v *page.Visit) error {
			pg := &storyPage{Shell: v.NewShell("storybook", "Storybook")}
			for _, s := range p.Stories() {
				pg.Stories = append(pg.Stories, fds.Link{Href: "/storybook/" + s.Name, Text: s.Name})
			}
			return v.Show(http.StatusOK, pg)
		}},
		{Pattern: "GET /storybook/{story}", Act: access.Public, Handle: p.story},
	}
}

// Stories are all screens in all their states, with sample data.
func (p *Portal) Stories() []page.Story {
	all := p.stories()
	for _, a := range p.areas {
		all = append(all, a.Stories()...)
	}
	return all
}

func (p *Portal) story(v *page.Visit) error {
	lang := v.Lang
	if l := v.R.URL.Query().Get("sprog"); l != "" {
		lang = page.LangOf(l)
	}
	for _, s := range p.Stories() {
		if s.Name == v.R.PathValue("story") {
			return s.Tell(v, lang, world())
		}
	}
	return fault.New(fault.NotFound, "page.unknown", "no story %q", v.R.PathValue("story"))
}

// world is what all stories are about.
func world() page.Sample {
	return page.Sample{Now: sample.Moment(), Controller: sample.Controller(), Found: sample.Camera()}
}
