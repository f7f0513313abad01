package portal

import (
	"strings"
	"testing"

	"vidne.dk/vidne/internal/portal/help"
	"vidne.dk/vidne/internal/portal/page"
)

// Each front page leads to a guide that is there; the statement is for
// everybody, and says who supervises.
func TestHelpIsInsideTheProduct(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, r := range s.portal.Routes() {
		if r.Front == "" {
			continue
		}
		path := strings.TrimPrefix(r.Pattern, "GET ")
		name, ok := strings.CutPrefix(page.Guide(path), page.HelpPath+"/")
		if path == page.HomePath {
			continue // its help is the list of all, which begins with the roles
		}
		if !ok {
			t.Errorf("%s has no guide", path)
		} else if _, err := help.Read(name); err != nil {
			t.Errorf("%s leads to %q: %v", path, name, err)
		}
	}
	s.shows("udpeget", page.HelpPath, "Til dig, der er udpeget", "/hjaelp/tilstand")
	s.shows("udpeget", page.HelpPath+"/rolle-operatoer", "Når det haster", "/hjaelp/live")
	s.shows("koordinator", "/tilstand", `href="/hjaelp/tilstand"`, `href="/tilgaengelighed"`)
	s.shows("", "/tilgaengelighed", "Digitaliseringsstyrelsen", "delvist")
	for _, bad := range []string{"/findes-ikke", "/..%2f..%2fREADME", "/start"} {
		if w := s.do("udpeget", "GET", page.HelpPath+bad, nil); w.Code != 404 {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
}
