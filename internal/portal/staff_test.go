package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/staff"
)

// mailing writes mails to an outbox that nobody empties.
func mailing(t *testing.T) func(*Config) {
	return func(c *Config) {
		out, err := notify.Open(t.Context(), c.DB, c.Clock, notify.Config{Mail: &notify.Mail{Host: "mail.invalid", Port: 587, From: "vidne@lindeby.dk"}})
		fatal(t, err)
		c.Letters = &notify.Letters{Out: out, BaseURL: testHost, Words: func(_, key string, _ ...any) string { return key }}
	}
}

// mailed is the text of the newest mail that waits.
func (s *site) mailed() string {
	s.t.Helper()
	var body string
	fatal(s.t, s.portal.DB.Read(s.t.Context(), func(tx *db.Tx) (err error) {
		body, err = db.One[string](s.t.Context(), tx, `SELECT body FROM notify_outbox ORDER BY seq DESC LIMIT 1`)
		return err
	}))
	return body
}

var receiptLink = regexp.MustCompile(`/kvittering/[A-Z2-7]{26}`)

// From an empty roll to everybody told: by hand, by a spreadsheet, by a link that
// needs no login, and by a list; who answers for another place sees none of it,
// and IT neither.
func TestStaffAreTold(t *testing.T) {
	t.Parallel()
	req.Shows(t, "INFO-3")
	s := newSite(t, mailing(t))
	ctx, here := t.Context(), "/personale/lindeby-skole"
	fatal(t, s.portal.Staff().Tick(ctx))
	s.shows("koordinator", "/personale", "Skolen", "Listen er tom")
	for who, code := range map[string]int{"it": 403, "udpeget": 403, "leder": 403, "fremmed": 404, "dpo": 200} {
		if w := s.do(who, "GET", here, nil); w.Code != code {
			t.Errorf("%s sees the roll: %d, want %d", who, w.Code, code)
		}
	}
	fatal(t, s.portal.Register.Hold(ctx, register.Holder{ID: "leder-skole", Controller: "lindeby", Body: "manager", Location: "lindeby-skole", Person: s.people["leder"].ID, Name: "Navn leder"}))
	s.shows("leder", here, "Listen er tom")
	if w := s.do("leder", "GET", "/personale/lindeby-gaard", nil); w.Code != http.StatusForbidden {
		t.Errorf("a manager sees another place's roll: %d", w.Code)
	}
	s.shows("leder", here+"/underretning", "Hvem er ansvarlig", "Hvilke oplysninger der indsamles", "Hvordan oplysningerne håndteres", "Hvornår optagelser ses igennem", "Politiet", "Højst 14 dage",
		"seks uger", "Indsigt", "Dataansvarlig", "Databeskyttelsesrådgiver", "At forebygge og opklare kriminalitet", "Retsgrundlag", "Hvor og hvornår", "Hvem der kan få optagelser", "Berigtigelse", "Indsigelse", "Klage",
		"datatilsynet.dk/hvad-siger-reglerne/vejledning/optagelser-og-overvaagning/overvaagning-paa-arbejdspladsen")
	for _, name := range []string{"underretning-da.pdf", "underretning-en.pdf", "underretning-da.docx", "underretning-en.html", "liste.pdf"} {
		if w := s.do("dpo", "GET", here+"/underretning/"+name, nil); w.Code != 200 || w.Body.Len() < 2000 {
			t.Errorf("%s: %d, %d bytes", name, w.Code, w.Body.Len())
		}
	}
	if w := s.do("dpo", "POST", here+"/ny", url.Values{}); w.Code != http.StatusForbidden {
		t.Errorf("the data protection officer edits: %d", w.Code)
	}
	if w := s.do("leder", "POST", here+"/ny", url.Values{"slags": {"employee"}, "sprog": {"da"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "Skriv navnet.") {
		t.Errorf("without a name: %d", w.Code)
	}
	s.sent("leder", here+"/ny", url.Values{"slags": {"employee"}, "navn": {"Anders Møller"}, "mail": {"anders@lindeby.dk"}, "sprog": {"da"}, "fra": {"2020-01-06"}}, here+"?besked=personale-tilfoejet")
	s.sends("leder", here+"/hent", "liste.csv", "Navn;På stedet fra;Slags\r\nBodil Friis;01-02-2021;\r\nNordrent ApS;2024-05-01;Firma\r\n", nil, 303)
	if w := s.sends("leder", here+"/hent", "liste.csv", "Navn;På stedet fra\r\nX;i går\r\n", nil, 422); !strings.Contains(w, "række 2") {
		t.Errorf("a wrong row: %s", said(w))
	}
	s.shows("leder", here, "Bodil Friis", "Nordrent ApS", "Mangler", "Firma")
	s.sent("leder", here+"/send", url.Values{}, here+"?besked=personale-sendt&antal=1")
	link := receiptLink.FindString(s.mailed())
	w := s.do("", "GET", link, nil)
	body := w.Body.String()
	if w.Code != 200 || len(w.Result().Cookies()) != 0 || !strings.Contains(body, "Jeg har læst det") || !strings.Contains(body, "Anders Møller") || foreignAddress.MatchString(body) && strings.Contains(body, "src=\"http") {
		t.Fatalf("the link: %d %v %s", w.Code, w.Result().Cookies(), said(body))
	}
	if w := s.do("", "GET", link+"?sprog=en", nil); !strings.Contains(w.Body.String(), "I have read it") {
		t.Error("the link does not speak English")
	}
	if w := s.do("", "POST", link, url.Values{"version": {"9"}}); w.Code != http.StatusConflict {
		t.Errorf("another version: %d", w.Code)
	}
	if w := s.do("", "POST", link, url.Values{"version": {"1"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("the receipt: %d %s", w.Code, said(w.Body.String()))
	}
	if w := s.do("", "GET", link, nil); !strings.Contains(w.Body.String(), "Din kvittering er modtaget") {
		t.Error("the receipt is not shown")
	}
	if w := s.do("", "GET", "/kvittering/AAAAAAAAAAAAAAAAAAAAAAAAAA", nil); w.Code != http.StatusNotFound {
		t.Errorf("a code that is none: %d", w.Code)
	}
	roll, err := s.portal.Staff().Of(ctx, "lindeby", "lindeby-skole")
	fatal(t, err)
	of := map[string]string{}
	for _, m := range roll.Members {
		of[m.Name] = m.ID
	}
	version := strconv.Itoa(roll.Notice.Version)
	if got := s.sends("leder", here+"/kvitteringer", "", "", url.Values{"version": {version}, "hvem": {of["Bodil Friis"]}, "hvordan": {"list"}, "dag": {"2026-11-21"}}, 422); !strings.Contains(got, "Vedlæg listen") {
		t.Errorf("a list that is not there: %s", said(got))
	}
	s.sends("leder", here+"/kvitteringer", "liste.pdf", "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n", url.Values{"version": {version}, "hvem": {of["Bodil Friis"]}, "hvordan": {"list"}, "dag": {"2026-11-21"}}, 303)
	s.sends("leder", here+"/kvitteringer", "", "", url.Values{"version": {version}, "hvem": {of["Nordrent ApS"]}, "hvordan": {"statement"}, "dag": {"2026-11-21"}, "ord": {"Alle seks er underrettet."}}, 303)
	s.shows("dpo", here, "Alle er underrettet", "Liste med underskrifter", "Alle seks er underrettet.", "Kameraer må tidligst sættes op")
	if w := s.do("dpo", "GET", "/medarbejdere/"+of["Bodil Friis"]+"/bilag", nil); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "%PDF") {
		t.Errorf("the list: %d", w.Code)
	}
	s.sent("leder", "/medarbejdere/"+of["Anders Møller"]+"/af", url.Values{}, here+"?besked=personale-af")
	if w := s.do("", "GET", link, nil); w.Code != http.StatusNotFound {
		t.Errorf("the link of one who has left: %d", w.Code)
	}
	s.sent("koordinator", "/personale/lindeby-gaard/ingen", url.Values{"grund": {"Gården er udlejet og står tom."}}, "/personale/lindeby-gaard?besked=personale-ingen")
}

// Whoever may see recordings is handed the papers, confirms the newest version
// themself, and stands as lacking it until then.
func TestThePapersOfThoseWhoLook(t *testing.T) {
	t.Parallel()
	req.Shows(t, "INFO-6")
	s := newSite(t)
	ctx := t.Context()
	publish := func() {
		t.Helper()
		d, err := s.rooms.Documents.Add(ctx, document.New{Controller: "lindeby", Kind: staff.SecurityDescription, Name: "sikkerhed.pdf", By: "p-1"}, strings.NewReader("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"))
		fatal(t, err)
		_, err = s.rooms.Documents.Publish(ctx, document.Version{Controller: "lindeby", Kind: staff.SecurityDescription, Title: "Sikkerhedsbeskrivelse", Document: d.ID, By: "p-1"})
		fatal(t, err)
	}
	const mine = "/papirer/mine"
	one := mine + "/" + staff.SecurityDescription
	s.shows("udpeget", mine, "Der er ikke noget, du skal læse.")
	publish()
	s.shows("udpeget", "/min-side", "Læs: Sikkerhedsbeskrivelsen")
	s.shows("udpeget", mine, "Jeg har læst version 1")
	if w := s.do("udpeget", "GET", one, nil); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "%PDF") {
		t.Errorf("the paper: %d", w.Code)
	}
	for who, code := range map[string]int{"uden-rolle": 404, "it": 404, "fremmed": 404} {
		if w := s.do(who, "GET", one, nil); w.Code != code {
			t.Errorf("%s reads the paper: %d", who, w.Code)
		}
	}
	if w := s.do("udpeget", "POST", one, url.Values{"version": {"2"}}); w.Code != http.StatusConflict {
		t.Errorf("a version that was not read: %d", w.Code)
	}
	s.shows("dpo", "/papirer", "Navn udpeget", "Mangler")
	s.sent("udpeget", one, url.Values{"version": {"1"}}, mine+"?besked=papir-laest")
	s.shows("dpo", "/papirer", "Har kvitteret")
	lacks, err := s.portal.Staff().Lacking(ctx, "lindeby", []string{"lindeby-gaard"})
	fatal(t, err)
	for _, l := range lacks {
		if l.Person == s.people["udpeget"].ID {
			t.Errorf("who has read it lacks %+v", l)
		}
	}
	publish()
	s.shows("udpeget", mine, "Jeg har læst version 2")
	if n := s.entries("staff.paper"); n != 1 {
		t.Errorf("%d entries", n)
	}
}

// sends sends a form with at most one file, and gives the answer's body.
func (s *site) sends(who, path, name, content string, in url.Values, code int) string {
	s.t.Helper()
	got, body, _ := s.withFile(who, path, in, name, content)
	if got != code {
		s.t.Errorf("%s: %d, want %d: %s", path, got, code, said(body))
	}
	return body
}

// medarbejder is somebody on the roll of Lindeby's school.
func (s *site) medarbejder() string {
	s.t.Helper()
	m, err := s.portal.Staff().Add(s.t.Context(), "lindeby-skole", staff.Line{Kind: staff.Employee, Name: "Anders Møller", Since: start}, staff.Who{Controller: "lindeby", Person: s.people["koordinator"].ID, Name: "Navn koordinator"})
	fatal(s.t, err)
	return m.ID
}
