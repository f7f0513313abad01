package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
)

// The steps of H 7 on their pages: what blocks is said with the way to mend it,
// and what was typed is kept.
func TestTheStepsOfAnIncident(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-1", "EVID-2", "EVID-3", "EVID-4", "EVID-11")
	s := newSite(t)
	here := "/haendelser/" + s.incident("udpeget").ID
	today := page.FormDate(s.clk.Now())
	said := func(path, to string, form url.Values) {
		t.Helper()
		s.sent("udpeget", here+path, form, here+to)
	}
	blocked := func(path string, words ...string) {
		t.Helper()
		w := s.do("udpeget", "GET", here+path, nil)
		for _, x := range words {
			if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), x) {
				t.Errorf("%s: %d, without %q", path, w.Code, x)
			}
		}
	}
	const kept = "?besked=haendelse"
	blocked("/luk", "ikke overdraget til politiet", here+"/overdragelse", here+"/ingen-straffesag")
	if w := s.do("udpeget", "POST", here+"/luk", url.Values{"grund": {"Det er slut nu"}}); w.Code != http.StatusConflict {
		t.Errorf("it closes without the police: %d", w.Code)
	}
	s.shows("udpeget", here, "Spørg dem, og skriv svaret", "Skriv, om mindreårige ses", "intet er nødvendigt")
	if w := s.do("udpeget", "POST", here+"/andre", url.Values{"hvem": {"Håndboldklubben"}, "svar": {"nej"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "Håndboldklubben") {
		t.Errorf("a short answer: %d", w.Code)
	}
	said("/andre", kept, url.Values{"hvem": {"Håndboldklubben"}, "svar": {"De gik kl. 21.30, da var ruden hel"}})
	said("/sikring", kept, url.Values{"hvorfor": {"Der ses ingen personer"}})
	blocked("/overdragelse", "mindreårige", here+"/mindreaarige")
	said("/mindreaarige", kept, url.Values{"set": {"ja"}})
	s.shows("udpeget", here, "Værgerne har ikke fået det at vide")
	blocked("/overdragelse", "ikke fået det at vide")
	if w := s.do("udpeget", "POST", here+"/mindreaarige", url.Values{"set": {"ja"}, "dato": {today}, "kl": {"kvart i"}, "hvordan": {"Skolelederen ringede"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "Skolelederen ringede") {
		t.Errorf("a time that is none: %d", w.Code)
	}
	said("/mindreaarige", kept, url.Values{"set": {"ja"}, "dato": {today}, "kl": {"00.00"}, "hvordan": {"Skolelederen ringede"}})
	blocked("/overdragelse", "Samrådet", here+"/samraad")
	said("/samraad", kept, url.Values{"hvem": {"Forvaltningschefen"}, "dato": {today}, "ord": {"Enige om at overdrage"}})
	hand := url.Values{"journal": {"4100-70121-00417-26"}, "til": {"Vagthavende"}, "medie": {"Krypteret usb-nøgle"}, "dato": {"2031-01-01"}}
	if w := s.do("udpeget", "POST", here+"/overdragelse", hand); w.Code != 422 || !strings.Contains(w.Body.String(), "Vagthavende") {
		t.Errorf("handed over in a time to come: %d", w.Code)
	}
	hand.Set("dato", today)
	said("/overdragelse", kept, hand)
	blocked("/luk", "samtale", here+"/samtale")
	said("/samtale", kept, url.Values{"ord": {"Forældre og elev var til samtale"}})
	s.shows("dpo", here, "Vagthavende", "Forvaltningschefen", "Håndboldklubben", "Navn udpeget")
	said("/luk", "?besked=lukket", url.Values{"grund": {"Politiet har sagen nu"}})
	if w := s.do("udpeget", "POST", here+"/andre", url.Values{"hvem": {"Rengøringen"}, "svar": {"De så ikke noget"}}); w.Code != http.StatusConflict {
		t.Errorf("a closed incident is written in: %d", w.Code)
	}
}
