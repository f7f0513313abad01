package portal

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/portal/page"
)

// A page that somebody has read is named in words in an object's history: every
// page has some, in both languages.
func TestPagesThatAreReadHaveWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	walked := 0
	for _, r := range s.portal.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method != http.MethodGet || r.Act == access.Public || r.Act == access.Own {
			continue
		}
		walked++
		folder, _, _ := strings.Cut(strings.Trim(path, "/"), "/")
		for _, lang := range []page.Lang{page.Danish, page.English} {
			body, _ := json.Marshal(map[string]any{"name": "Ida", "path": strings.NewReplacer("{", "", "}", "").Replace(path)})
			v := &page.Visit{Words: s.portal.In(lang), Site: s.portal.Site}
			if !v.Has("at."+folder) || strings.Contains(v.EntryWords("data.read", body), "/") {
				t.Errorf("%s is read as %q", r.Pattern, v.EntryWords("data.read", body))
			}
		}
	}
	if walked < 100 {
		t.Errorf("only %d pages", walked)
	}
}
