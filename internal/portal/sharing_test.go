package portal

import (
	"net/url"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
)

// An authority shares nothing: it is said why, and nothing of it is in its menu.
func TestAnAuthoritySharesNothing(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-9")
	s := newSite(t)
	s.furnish()
	i := s.incident("udpeget")
	w := s.do("udpeget", "GET", "/haendelser/"+i.ID+"/deling", nil)
	if w.Code != 403 || !strings.Contains(w.Body.String(), "kun virksomheder") {
		t.Errorf("%d\n%s", w.Code, said(w.Body.String()))
	}
	body := s.shows("koordinator", "/deling", "Efter loven må kun virksomheder dele")
	if strings.Contains(body, `href="/delt"`) {
		t.Error("the menu of an authority leads to sharing")
	}
	system := url.Values{"navn": {"Skolernes deling"}, "ansvarlig": {"Jonas"}, "med": {"own"}, "fagpersoner": {"koordinator: uddannet vagt og politiassistent"}, "liste": {"koordinator"}}
	if w := s.do("koordinator", "POST", "/delesystemer/ny", system); w.Code == 303 {
		t.Error("an authority has made a system")
	}
	for _, p := range []string{"it", "dpo"} {
		if w := s.do(p, "GET", "/delt", nil); w.Code != 403 {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
	s.shows("koordinator", page.HomePath)
}
