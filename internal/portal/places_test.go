package portal

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// furnish enters one thing of each sort for Lindeby.
func (s *site) furnish() {
	t, ctx, r := s.t, s.t.Context(), s.portal.Register
	t.Helper()
	fatal(t, r.AddSupplier(ctx, register.Supplier{ID: "nordsikring", Controller: "lindeby", Name: "Nordsikring A/S", CVR: "12345678"}, ""))
	fatal(t, r.AddAgreement(ctx, register.ServiceAgreement{ID: "aftale", Controller: "lindeby", Supplier: "nordsikring", What: "Eftersyn", Starts: start, Locations: register.List{"lindeby-skole"}}, ""))
	fatal(t, r.GivePaper(ctx, register.SupplierPaper{Supplier: "nordsikring", Controller: "lindeby", Kind: register.PaperGuideline, Version: 3, Given: start}))
	fatal(t, r.AddOrder(ctx, register.PoliceOrder{ID: "paalaeg", Controller: "lindeby", Kind: register.OrderQuality, District: "Midt- og Vestjylland", Reference: "4600-1", Dated: start,
		Says: "Ansigter skal kunne ses.", Demands: register.Demands{Width: 1920, Height: 1080, KeepHours: 336}}, ""))
	fatal(t, r.AddArea(ctx, register.Area{ID: "nord", Controller: "lindeby", Location: "lindeby-skole", Name: "Nordre indgang", PlaceKind: "own-entrance"}, ""))
	fatal(t, r.AddAdministration(ctx, register.Administration{ID: "boern", Controller: "lindeby", Name: "Børn og Unge"}, ""))
	fatal(t, r.Hold(ctx, register.Holder{ID: "rolle", Controller: "lindeby", Body: "dpo", Person: s.people["dpo"].ID, Name: "Navn dpo"}))
}

// sent posts a form and demands where it leads.
func (s *site) sent(who, path string, form url.Values, to string) {
	s.t.Helper()
	w := s.do(who, "POST", path, form)
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != to {
		s.t.Fatalf("%s: %d to %q, want %q\n%s", path, w.Code, got, to, said(w.Body.String()))
	}
}

// shows demands that a page holds words.
func (s *site) shows(who, path string, words ...string) string {
	s.t.Helper()
	w := s.do(who, "GET", path, nil)
	body := w.Body.String()
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s: %d\n%s", path, w.Code, said(body))
	}
	for _, word := range words {
		if !strings.Contains(body, word) {
			s.t.Errorf("%s lacks %q", path, word)
		}
	}
	return body
}

var tags = regexp.MustCompile(`<[^>]*>|\n\s*`)

// said is the text of a page.
func said(page string) string {
	if i := strings.Index(page, "<main"); i >= 0 {
		page = page[i:]
	}
	return tags.ReplaceAllString(page, " ")
}

func place(more url.Values) url.Values {
	f := url.Values{"navn": {"Vestre Bibliotek"}, "adresse": {"Torvet 3, 9999 Lindeby"}, "leder": {"Birthe Kjær"}, "kontakt": {"birthe@lindeby.example"}, "forvaltning": {"boern"},
		"mandag": {"8-16"}, "torsdag": {"08.00-16.00, 18-21"}, "dage": {"24-12-2026 lukket Juleaften\n15-02-2027 9-12"}, "bredde": {"56,1371"}, "laengde": {"8,9732"}}
	for k, v := range more {
		f[k] = v
	}
	return f
}

func TestAPlaceIsEnteredAndEdited(t *testing.T) {
	t.Parallel()
	req.Shows(t, "SITE-1")
	s := newSite(t)
	s.furnish()
	s.sent("koordinator", "/steder/nyt", place(nil), "/steder/vestre-bibliotek?besked=sted-oprettet")
	s.shows("leder", "/steder/vestre-bibliotek", "Torvet 3", "Børn og Unge", "56,13710", "kl. 08.00-16.00, kl. 18.00-21.00", "Juleaften: Lukket", "Birthe Kjær")
	s.sent("koordinator", "/steder/vestre-bibliotek/omraader/nyt", url.Values{"navn": {"Foyer"}, "slags": {"public-room"}}, "/steder/vestre-bibliotek?besked=gemt#omraader")
	edit := place(url.Values{"version": {"1"}, "leder": {"Ole Vind"}})
	s.sent("it", "/steder/vestre-bibliotek/ret", edit, "/steder/vestre-bibliotek?besked=gemt")
	s.shows("dpo", "/steder/vestre-bibliotek", "Ole Vind", "Foyer")

	w := s.do("koordinator", "POST", "/steder/vestre-bibliotek/ret", place(url.Values{"version": {"1"}, "leder": {"En Tredje"}}))
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "En Tredje") {
		t.Errorf("the second of two editors: %d, what was typed is kept: %t", w.Code, strings.Contains(w.Body.String(), "En Tredje"))
	}
	for field, c := range map[string]struct{ value, says string }{
		"navn": {"", "Skriv, hvad stedet hedder"}, "mandag": {"fra morgen", "Skriv klokkeslæt fra og til"}, "dage": {"juledag", "Linjen kan ikke læses: juledag"},
		"bredde": {"nord", "breddegraden"}, "forvaltning": {"en-andens", "Forvaltning"},
	} {
		w := s.do("koordinator", "POST", "/steder/nyt", place(url.Values{field: {c.value}}))
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c.says) || !strings.Contains(w.Body.String(), "Torvet 3") {
			t.Errorf("%s = %q: %d, without %q or what was typed", field, c.value, w.Code, c.says)
		}
		if !strings.Contains(w.Body.String(), `href="#`+field+`"`) {
			t.Errorf("%s: the summary does not lead to the field", field)
		}
	}
}

func TestPlacesAreListedAndTakenHome(t *testing.T) {
	t.Parallel()
	req.Shows(t, "SITE-1")
	s := newSite(t)
	s.furnish()
	s.shows("koordinator", "/steder", "Gården", "Skolen", "Viser 1-2 af 2 steder")
	if body := s.shows("udpeget", "/steder", "Skolen"); strings.Contains(body, "Gården") {
		t.Error("the designated sees a place of others")
	}
	if body := s.shows("koordinator", "/steder?q=g%C3%A5rd", "Viser 1 sted"); strings.Contains(body, "Skolen") {
		t.Error("the search finds too much")
	}
	first := s.shows("koordinator", "/steder?sorter=name&retning=ned")
	if strings.Index(first, "sted-lindeby-skole") > strings.Index(first, "sted-lindeby-gaard") {
		t.Error("it is not sorted the other way")
	}
	w := s.do("koordinator", "GET", "/steder?q=skole&format=csv", nil)
	if body := w.Body.String(); !strings.HasPrefix(body, "\ufeffSted;Adresse;") || strings.Contains(body, "Gården") || !strings.Contains(w.Header().Get("Content-Disposition"), "steder.csv") {
		t.Errorf("the file: %q", body)
	}
	w = s.do("koordinator", "GET", "/steder?format=xlsx", nil)
	if !bytes.HasPrefix(w.Body.Bytes(), []byte("PK")) {
		t.Error("the workbook is none")
	}
}

func cameraForm(more url.Values) url.Values {
	f := url.Values{"navn": {"Cykelskuret"}, "slags": {"own-entrance"}, "formaal": {"Forebygge cykeltyveri"}, "formaalets-art": {"crime"}, "omraade": {"nord"}, "hoejde": {"3,2"}, "vinkel": {"92"}, "hjemmel": {"2d"}}
	for k, v := range more {
		f[k] = v
	}
	return f
}

func TestACameraIsEnteredAndEditedWithinItsPermit(t *testing.T) {
	t.Parallel()
	req.Shows(t, "SITE-2", "SITE-7")
	s := newSite(t)
	s.furnish()
	s.sent("koordinator", "/steder/lindeby-skole/kameraer/nyt", cameraForm(nil), "/kameraer/lindeby-skole-cykelskuret?besked=kamera-oprettet")
	c, err := s.portal.Register.Camera(t.Context(), "lindeby", "lindeby-skole-cykelskuret")
	fatal(t, err)
	if c.HeightCM != 320 || c.ViewDegrees != 92 || c.Area != "nord" || c.BasisID != "2d" || c.Basis == "" || c.Engine != "optager-1" {
		t.Errorf("entered: %+v", c)
	}
	life := cameraForm(url.Values{"version": {"1"}, "livsvigtig": {"ja"}})
	if w := s.do("it", "POST", "/kameraer/lindeby-skole-cykelskuret/ret", life); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "hvorfor systemet er livsvigtigt") {
		t.Errorf("life-critical without a reason: %d", w.Code)
	}
	life.Set("livsvigtig-grund", "Alarm på svømmehallen")
	life.Set("livsvigtig-anden", "Egen strømforsyning")
	s.sent("it", "/kameraer/lindeby-skole-cykelskuret/ret", life, "/kameraer/lindeby-skole-cykelskuret?besked=gemt")

	fatal(t, s.portal.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := s.portal.Issuer.Issue(t.Context(), tx, &permit.Permit{Head: permit.Head{Controller: "lindeby", Engine: "optager-1", By: "x"}, Serial: 1, Camera: c.ID, Stream: "main", Case: "2026-001",
			Basis: "tv-overvågningsloven § 2 d, stk. 1", Class: permit.ClassCrime, Hours: permit.Hours{Zone: "Europe/Copenhagen", Week: [7]permit.Spans{{{From: "00:00", To: "24:00"}}}}, RetentionHours: 336, ValidFrom: start.Add(-1), ValidTo: start.AddDate(1, 0, 0)})
		return err
	}))
	life.Set("version", "2")
	life.Set("navn", "Cykelskuret ved nord")
	s.sent("it", "/kameraer/lindeby-skole-cykelskuret/ret", life, "/kameraer/lindeby-skole-cykelskuret?besked=gemt")
	life.Set("version", "3")
	life.Set("retning", "Mod naboens have")
	if w := s.do("it", "POST", "/kameraer/lindeby-skole-cykelskuret/ret", life); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Søg om en ændring") {
		t.Errorf("a camera with a permit was turned: %d", w.Code)
	}
}

func TestSuppliersAndTheirAgreements(t *testing.T) {
	t.Parallel()
	req.Shows(t, "SITE-5")
	s := newSite(t)
	s.furnish()
	s.sent("koordinator", "/leverandoerer/ny", url.Values{"navn": {"El-Hansen & Søn"}, "cvr": {"87654321"}}, "/leverandoerer/el-hansen-soen?besked=gemt")
	if w := s.do("koordinator", "POST", "/leverandoerer/ny", url.Values{"navn": {"X"}, "cvr": {"12"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#cvr"`) {
		t.Errorf("a bad CVR: %d", w.Code)
	}
	s.sent("koordinator", "/leverandoerer/el-hansen-soen/aftaler/ny", url.Values{"hvad": {"Årligt eftersyn"}, "fra": {"2026-01-01"}, "til": {"2026-12-31"}, "steder": {"lindeby-skole"}}, "/leverandoerer/el-hansen-soen?besked=gemt#aftaler")
	s.shows("leder", "/leverandoerer/el-hansen-soen", "Årligt eftersyn", "Udløber snart", "Skolen")
	s.shows("leder", "/steder/lindeby-skole", "El-Hansen")
	s.sent("it", "/leverandoerer/nordsikring/kendt", url.Values{"slags": {"guideline"}, "udgave": {"3"}}, "/leverandoerer/nordsikring?besked=gemt#materiale")
	if body := s.shows("it", "/leverandoerer/nordsikring"); strings.Contains(body, "Ikke bekræftet") {
		t.Error("it is not confirmed")
	}
}

func TestWhatThePoliceSayIsEnteredAndAnswered(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LAW-4", "LAW-8")
	s := newSite(t)
	s.furnish()
	long := url.Values{"slags": {"permit"}, "kreds": {"Nord"}, "dato": {"2026-11-01"}, "paragraf": {"2-2"}, "omraade": {"Vestervang"}, "fra": {"2026-11-01"}, "til": {"2032-01-01"}}
	if w := s.do("koordinator", "POST", "/politi/nyt", long); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "fem år") {
		t.Errorf("a permit for six years: %d", w.Code)
	}
	long.Set("til", "2031-10-31")
	s.sent("koordinator", "/politi/nyt", long, "/politi/permit-2026?besked=gemt")
	s.shows("dpo", "/politi/permit-2026", "Vestervang", "Gælder")
	s.shows("dpo", "/politi/paalaeg", "Ikke besvaret", "1920 × 1080", "Det vides ikke, hvad kameraet kan")
	s.sent("koordinator", "/politi/paalaeg/svar", url.Values{"version": {"1"}, "svar": {"Kameraet er udskiftet."}, "dato": {"2026-11-20"}, "af": {"Karen"}}, "/politi/paalaeg?besked=gemt")
	s.shows("dpo", "/politi/paalaeg", "Kameraet er udskiftet.", "Besvaret")
}

func TestRolesAreGivenAndEnded(t *testing.T) {
	t.Parallel()
	req.Shows(t, "SITE-1")
	s := newSite(t)
	s.furnish()
	hold := url.Values{"rolle": {"risk"}, "person": {s.people["koordinator"].ID}, "afloeser": {"ja"}}
	if w := s.do("koordinator", "POST", "/organisation/roller/ny", hold); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "hvornår afløseren slutter") {
		t.Errorf("a deputy without an end: %d", w.Code)
	}
	hold.Set("til", "2026-11-30")
	s.sent("koordinator", "/organisation/roller/ny", hold, "/organisation?besked=rolle-givet#roller")
	s.shows("leder", "/organisation", "Navn koordinator", "Afløser", "Risikostyringskoordinator")
	s.sent("koordinator", "/organisation/roller/rolle/afslut", nil, "/organisation?besked=rolle-afsluttet#roller")
	if body := s.shows("leder", "/organisation"); strings.Contains(said(body), "Navn dpo") && !strings.Contains(body, "rollen") {
		t.Error("the role has not ended")
	}
}

// upload sends a file as a browser does.
func (s *site) upload(who, path, name, content string) (int, string) {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	f, err := m.CreateFormFile("fil", name)
	fatal(s.t, err)
	_, err = f.Write([]byte(content))
	fatal(s.t, err)
	fatal(s.t, m.Close())
	w := s.do(who, "POST", path, nil, func(r *http.Request) {
		*r = *r.Clone(r.Context())
		r.Body, r.ContentLength = http.NoBody, int64(b.Len())
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Body = &body{&b}
	})
	return w.Code, w.Body.String()
}

type body struct{ *bytes.Buffer }

func (body) Close() error { return nil }

func TestCamerasAreTakenInFromAFile(t *testing.T) {
	t.Parallel()
	req.Shows(t, "SITE-6")
	s := newSite(t)
	s.furnish()
	file := "Navn;Sted;Stedtype;Højde\r\nPorten;Skolen;Egen indgang;3,2 m\r\nOmklædning;Skolen;Omklædningsrum;\r\nTorvet;Findes ikke;;\r\n"
	code, shown := s.upload("it", "/steder/indlaes", "kameraer.csv", file)
	if code != http.StatusOK || !strings.Contains(shown, "Indlæs 1 kamera") || !strings.Contains(shown, "Der må aldrig være kamera") || !strings.Contains(shown, "Stedet findes ikke i registret") {
		t.Fatalf("the trial: %d %s", code, said(shown))
	}
	hidden := func(name string) string {
		m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(shown)
		if m == nil {
			t.Fatalf("no %s", name)
		}
		return strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+").Replace(m[1])
	}
	take := url.Values{"kvittering": {hidden("kvittering")}, "tabel": {hidden("tabel")}, "fil": {"kameraer.csv"}}
	tampered := url.Values{"kvittering": take["kvittering"], "tabel": {strings.Replace(hidden("tabel"), "Omklædningsrum", "Egen indgang", 1)}}
	if w := s.do("it", "POST", "/steder/indlaes/tag-ind", tampered); w.Code != http.StatusConflict {
		t.Errorf("another table than was shown: %d", w.Code)
	}
	w := s.do("it", "POST", "/steder/indlaes/tag-ind", take)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("taking in: %d %s", w.Code, said(w.Body.String()))
	}
	s.shows("it", "/kameraer", "Porten")
	if code, shown := s.upload("it", "/steder/indlaes", "x.csv", "Navn;Sted;Adgangskode\r\nA;Skolen;hemmelig\r\n"); code != http.StatusUnprocessableEntity || strings.Contains(shown, "hemmelig") {
		t.Errorf("a file with passwords: %d", code)
	}
	if code, _ := s.upload("it", "/steder/indlaes", "x.pdf", "%PDF-1.4 \x00\x01"); code != http.StatusUnprocessableEntity {
		t.Errorf("no table at all: %d", code)
	}
	if code, _ := s.upload("leder", "/steder/indlaes", "kameraer.csv", file); code != http.StatusForbidden {
		t.Errorf("a manager takes in cameras: %d", code)
	}
}

func TestTheSearchFindsWhatThePersonMaySee(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.furnish()
	s.shows("koordinator", "/soeg?q=skole", "Skolen", "Indgang")
	s.shows("koordinator", "/soeg?q=4600-1", "Pålæg om kvalitet og opbevaring 4600-1")
	s.shows("koordinator", "/soeg?q=nordsik", "Nordsikring A/S")
	if body := said(s.shows("udpeget", "/soeg?q=g%C3%A5rd")); strings.Contains(body, "Gården") {
		t.Errorf("the designated finds a place of others: %s", body)
	}
	if body := said(s.shows("fremmed", "/soeg?q=nordsik")); strings.Contains(body, "Nordsikring") {
		t.Errorf("another controller finds a supplier: %s", body)
	}
	if body := said(s.shows("uden-rolle", "/soeg?q=skole")); strings.Contains(body, "Skolen") {
		t.Errorf("whoever has no role finds a place: %s", body)
	}
}

// A password that is typed goes sealed to the engine and nowhere else.
func TestAConnectionIsSealed(t *testing.T) {
	t.Parallel()
	req.Shows(t, "SITE-2")
	s := newSite(t)
	secret := "hemmeligere-end-det"
	form := url.Values{"adresse": {"rtsp://127.0.0.1:8554/x"}, "transport": {"auto"}, "bruger": {"vidne"}, "adgangskode": {secret}}
	path := "/kameraer/lindeby-1/forbindelse"
	s.sent("it", path, form, path+"?besked=forbindelse")
	if body := s.shows("it", path, "rtsp://127.0.0.1:8554/x"); strings.Contains(body, secret) || strings.Contains(body, `value="vidne"`) {
		t.Error("the page tells what was sealed")
	}
	records, err := s.portal.Issuer.Records(t.Context(), issuer.Filter{Camera: "lindeby-1", Kinds: []permit.Kind{permit.KindCamera}})
	fatal(t, err)
	if len(records) != 1 || bytes.Contains(records[0].Signed, []byte(secret)) {
		t.Errorf("%d statements, or the password in the clear", len(records))
	}
	first := records[0]
	form.Del("bruger")
	form.Del("adgangskode")
	form.Set("adresse", "rtsp://127.0.0.1:8554/y")
	s.sent("it", path, form, path+"?besked=forbindelse")
	sealed := func(r issuer.Record) []byte {
		st, err := r.Statement()
		fatal(t, err)
		return st.(*permit.Camera).Sealed
	}
	records, err = s.portal.Issuer.Records(t.Context(), issuer.Filter{Camera: "lindeby-1", Kinds: []permit.Kind{permit.KindCamera}})
	fatal(t, err)
	if !bytes.Equal(sealed(records[0]), sealed(first)) || len(sealed(first)) == 0 {
		t.Error("the credentials that the engine has are not kept")
	}
	for name, change := range map[string]url.Values{"no password": {"bruger": {"vidne"}, "adgangskode": nil}, "a password in the address": {"adresse": {"rtsp://vidne:" + secret + "@127.0.0.1/"}}, "another scheme": {"adresse": {"http://127.0.0.1/"}}} {
		f := url.Values{"adresse": {"rtsp://127.0.0.1/x"}, "transport": {"auto"}}
		for k, v := range change {
			f[k] = v
		}
		if w := s.do("it", "POST", path, f); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	delete(s.cookies, "it")
	form.Set("adgangskode", secret)
	if w := s.do("it", "POST", path, form); strings.Contains(w.Body.String(), secret) {
		t.Error("a lost session keeps the password in the page")
	}
}

func TestNetworksAreReadBeforeTheyAreAsked(t *testing.T) {
	t.Parallel()
	req.Shows(t, "SITE-6")
	s := newSite(t)
	for _, bad := range []string{"naboens", "10.20.1.0/99", "10.20.1.0/24\nx"} {
		if w := s.do("it", "POST", "/steder/soeg-kameraer", url.Values{"net": {bad}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "er ikke et netværk") {
			t.Errorf("%q: %d", bad, w.Code)
		}
	}
	if w := s.do("it", "POST", "/steder/soeg-kameraer", url.Values{"net": {"192.0.2.0/28"}}); w.Code == http.StatusOK || w.Code == http.StatusInternalServerError {
		t.Errorf("a network where no camera may be: %d", w.Code)
	}
	s.sent("it", "/steder/soeg-kameraer/tag-ind", url.Values{"sted": {"lindeby-skole"}, "navn": {"AXIS P3245"}, "adresse": {"127.0.0.1"}},
		"/kameraer/lindeby-skole-axis-p3245/forbindelse?besked=kamera-oprettet&adresse=rtsp%3A%2F%2F127.0.0.1%2F")
}

// Who looked at footage is told at the foot of a place's page to those who may
// read the log.
func TestHistoryKeepsLooksToTheLog(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1")
	s := newSite(t)
	s.view()
	s.shows("dpo", "/steder/lindeby-skole", "Rude knust")
	for _, who := range []string{"leder", "udpeget", "ansoeger", "it"} {
		if body := s.shows(who, "/steder/lindeby-skole"); strings.Contains(body, "Rude knust") {
			t.Errorf("%s reads who looked at what", who)
		}
	}
}
