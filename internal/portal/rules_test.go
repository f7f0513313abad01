package portal

import (
	"encoding/csv"
	"html"
	"net/http"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/rules"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
)

// page asks for a page and wants these words on it, and not those after "!".
func (s *site) reads(who, path string, code int, words ...string) string {
	s.t.Helper()
	w := s.do(who, http.MethodGet, path, nil)
	body := html.UnescapeString(w.Body.String())
	if w.Code != code {
		s.t.Errorf("%s: %d, want %d", path, w.Code, code)
	}
	for _, word := range words {
		not, no := strings.CutPrefix(word, "!")
		if no && strings.Contains(body, not) {
			s.t.Errorf("%s says %q", path, not)
		}
		if !no && !strings.Contains(body, word) {
			s.t.Errorf("%s does not say %q", path, word)
		}
	}
	return body
}

func TestEveryRuleCanBeReadByWhoeverIsLoggedIn(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LAW-12")
	s := newSite(t)
	book, err := law.Read(lawdata.Files())
	fatal(t, err)
	all := book.At(start).All()
	if w := s.do("", http.MethodGet, "/regler", nil); w.Code == http.StatusOK {
		t.Error("a stranger reads the rules")
	}
	s.reads("uden-rolle", "/regler", 200, "tv-overvågningsloven § 1, stk. 1", "af "+itoa(int64(len(all)))+" regler", "Ikke efterprøvet")
	s.reads("dpo", "/regler?efterproevet=nej", 200, "tv-overvågningsloven § 2 e, stk. 1", "!tv-overvågningsloven § 1, stk. 2")
	s.reads("dpo", "/regler?q=pengeautomat&slags=hjemmel", 200, "tv-overvågningsloven § 2, stk. 1, nr. 2", "!tv-overvågningsloven § 4 c")
	for _, x := range all {
		s.reads("uden-rolle", "/regler/"+x.ID, 200, x.Cite, x.Says.DA)
		if x.Unverified.DA != "" {
			s.reads("uden-rolle", "/regler/"+x.ID, 200, x.Unverified.DA, "Det her er ikke efterprøvet i kilden")
		}
	}
	s.reads("dpo", "/regler/9z", 404, "Der er ingen regel med det navn")
	s.reads("dpo", "/regler/2d", 200, "LOV nr. 665", "Dagen kendes ikke", "https://www.retsinformation.dk/eli/lta/2023/182", "Det er vores egen bygning.")
	s.reads("dpo", "/regler/2a", 200, "område, der overvåges efter § 2, stk. 2") // the text before July 2025

	w := s.do("dpo", http.MethodGet, "/regler?format=csv", nil)
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff")))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != len(all)+1 {
		t.Errorf("%d rows of %d rules, %v", len(rows), len(all), err)
	}
}

func TestARuleNamesTheCamerasThatItBitesOn(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LAW-12")
	s := newSite(t)
	reg := s.portal.Register
	for _, c := range []register.Camera{
		{ID: "doer", Controller: "lindeby", Location: "lindeby-skole", Name: "Døren mod øst", BasisID: "2d", Engine: "optager-1"},
		{ID: "torv", Controller: "lindeby", Location: "lindeby-gaard", Name: "Torvet", BasisID: "2a", Engine: "optager-1"},
		{ID: "fremmed", Controller: "kadence", Location: "kadence-skole", Name: "Fremmed dør", BasisID: "2d", Engine: "optager-1"},
	} {
		fatal(t, reg.AddCamera(t.Context(), c, ""))
	}
	s.reads("dpo", "/regler/2d", 200, "Døren mod øst", "2 kameraer er omfattet af reglen", "!Torvet", "!Fremmed dør")
	s.reads("dpo", "/regler/4d-3", 200, "Torvet", "!Døren mod øst")
	s.reads("dpo", "/regler/1-2", 200, "3 kameraer er omfattet af reglen")
	s.reads("udpeget", "/regler/2a", 200, "Ingen af dine kameraer", "!Torvet") // designated elsewhere
	s.reads("dpo", "/regler/aendringer", 200, "De seneste to år", "tv-overvågningsloven § 2 a", "Gården: Torvet", "!Fremmed")
	s.reads("dpo", "/regler/aendringer", 200, "1. juli 2025", "Torvet", "Ikke efterprøvet i kilden")
}

func TestTheWizardLeadsFromPlaceAndPurposeToTheBasis(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LAW-1")
	s := newSite(t)
	s.reads("uden-rolle", "/regler/find", 200, "Hvem er dataansvarlig?", `value="municipality" class="form-radio" checked`, "!Dine svar")
	s.reads("dpo", "/regler/find?hvem=municipality&land=denmark", 200, "Hvad filmer kameraet?", `name="hvem" value="municipality"`, "!Vælg, hvad kameraet filmer.")
	s.reads("dpo", "/regler/find?hvem=municipality&land=denmark&fra=sted", 200, "Vælg, hvad kameraet filmer.")
	s.reads("dpo", "/regler/find?hvem=municipality&land=denmark&sted=findes-ikke&fra=sted", 200, "Vælg, hvad kameraet filmer.")
	s.reads("dpo", "/regler/find?hvem=municipality&land=denmark&sted=schoolyard", 200, "Hvad er formålet?", "!Hvad driver virksomheden?")
	s.reads("dpo", "/regler/find?hvem=business&land=denmark&sted=own-facade", 200, "Hvad driver virksomheden?")
	s.reads("dpo", "/regler/find?hvem=municipality&land=denmark&sted=schoolyard&formaal=crime", 200, "Skal der optages?")
	whole := law.Situation{Controller: "municipality", Territory: "denmark", Place: "schoolyard", Purpose: "crime", Recording: true}
	s.reads("dpo", rules.Address(whole), 200,
		"2 hjemler kan passe", "tv-overvågningsloven § 2 d, stk. 1", "Overvågningen er klart nødvendig for at bekæmpe kriminalitet.",
		"Registrering i POLCAM", "Slettes senest efter 30 dage", "LOV nr. 665", "Samme svar igen:", "21. november 2026", "!Begynd en ansøgning") // who may not begin one
	s.reads("koordinator", rules.Address(whole), 200, "/sager/ny")
	s.reads("dpo", rules.Address(whole)+"&trin=formaal", 200, "Hvad er formålet?", `value="crime" class="form-radio" checked`)

	// For a camera of an application each basis leads back to it, and nowhere else.
	s.reads("dpo", rules.AddressFor("/sager/2026-001/kameraer/skole-2", whole), 200, "/sager/2026-001/kameraer/skole-2?formaal=crime&hjemmel=2d&hvem=municipality", "Tilbage til ansøgningen")
	s.reads("dpo", "/regler/find?til=/sager/2026-001/kameraer/skole-2", 200, `name="til" value="/sager/2026-001/kameraer/skole-2"`)
	for _, bad := range []string{"//evil.example/kameraer/x", "https://evil.example", "/log-ud", "/sager/a/kameraer/b?c", "/sager/../kameraer/b"} {
		s.reads("koordinator", rules.AddressFor(bad, whole), 200, "!hjemmel=2d", `!"//evil`, `!"https://evil`, "!log-ud?", "Begynd en ansøgning")
	}
	found, basis, ok := rules.Chosen(map[string][]string{"hjemmel": {"2d"}, "sted": {"schoolyard"}})
	if !ok || basis != "2d" || found.Place != "schoolyard" {
		t.Errorf("%+v, %s, %v", found, basis, ok)
	}

	whole.Controller, whole.Place, whole.Purpose = "business", "road", "other"
	s.reads("dpo", rules.Address(whole), 200, "Det kan ikke lade sig gøre efter tv-overvågningsloven § 1, stk. 1", "!kan passe", "!Begynd en ansøgning")
	whole.Place = "toilet"
	s.reads("dpo", rules.Address(whole), 200, "Toilet eller bad må aldrig overvåges.", "!kan passe")
	whole.Place, whole.Territory = "shop-floor", "greenland"
	s.reads("dpo", rules.Address(whole), 200, "tv-overvågningsloven § 7", "!kan passe")
}

// TestTheWizardsAnswerIsCarriedIntoAnApplication goes from a camera of an
// application to the wizard and back, and nothing is kept until it is saved.
func TestTheWizardsAnswerIsCarriedIntoAnApplication(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LAW-1")
	s := newSite(t)
	who := dossier.Who{Person: s.people["koordinator"].ID, Name: "Navn koordinator"}
	c, err := s.rooms.Cases.Begin(t.Context(), dossier.New{Controller: "lindeby", Title: "Indgangen", Locations: []string{"lindeby-skole"}}, who)
	fatal(t, err)
	_, err = s.rooms.Cases.SaveDraft(t.Context(), "lindeby", c.ID, dossier.Edit{Cameras: &[]casework.Wanted{{Camera: "lindeby-1", Name: "Indgang", Location: "lindeby-skole", Recording: true}}}, who)
	fatal(t, err)
	camera := "/sager/" + c.ID + "/kameraer/lindeby-1"
	s.reads("koordinator", camera, 200, "I tvivl om hjemlen?", "/regler/find?hvem=municipality&optages=ja&til=", "!2d\" class=\"form-radio\"")
	answer := rules.AddressFor(camera, law.Situation{Controller: "municipality", Place: "own-entrance", Purpose: "crime", Recording: true})
	body := s.reads("koordinator", answer, 200, "Brug tv-overvågningsloven § 2 d, stk. 1 i ansøgningen")
	_, back, _ := strings.Cut(body, `href="`+camera+"?")
	back, _, _ = strings.Cut(back, `"`)
	s.reads("koordinator", camera+"?"+back, 200, "Svaret fra guiden er sat ind", `value="2d" class="form-radio" checked`, `value="own-entrance" selected`, "Det er vores egen bygning.")
	s.reads("koordinator", camera, 200, "!Svaret fra guiden er sat ind", "!Det er vores egen bygning.") // nothing was kept
}
