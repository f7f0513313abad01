package portal

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/evidence/evidencetest"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
)

// ready takes an incident to where the police may have its footage.
func (s *site) ready(i incident.Incident) {
	s.t.Helper()
	p := s.people["udpeget"]
	who := incident.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
	_, err := s.portal.incidents.SayMinors(s.t.Context(), i.ID, false, time.Time{}, "", who)
	fatal(s.t, err)
	_, err = s.portal.incidents.Consult(s.t.Context(), i.ID, incident.Consultation{Done: incident.Done{Words: "Vi er enige om det"}, With: "Skolelederen", On: s.clk.Now()}, who)
	fatal(s.t, err)
}

// udlevering is a disclosure to the police that waits for an answer.
func (s *site) udlevering(i incident.Incident) string {
	s.t.Helper()
	s.ready(i)
	p := s.people["udpeget"]
	d, err := s.portal.disclosures.Open(s.t.Context(), disclosure.Draft{Kind: disclosure.ToPolice, Incident: i.ID, Cameras: []string{p.Controller + "-1"}, From: today(10, 5), To: today(10, 15),
		Journal: "4100-70121-00417-26", Recipient: disclosure.Recipient{Name: "pa. Ørsted"}, Words: "Ruden blev knust i de minutter"},
		disclosure.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.1"})
	fatal(s.t, err)
	return d.ID
}

// clips is the footage of a clip, whatever the camera and the time.
type clips struct {
	*evidencetest.Source
	known *evidence.Order
}

func (c clips) Facts(_ context.Context, o *evidence.Order) error {
	for i := range o.Originals {
		o.Originals[i].Mask, o.Originals[i].Segments = "none", c.known.Originals[0].Segments
	}
	o.Logs = append(o.Logs, c.known.Logs...)
	return nil
}

func (c clips) Original(ctx context.Context, _ string, _, _ time.Time, mp4, samples io.Writer) (evidence.Delivered, error) {
	return c.Source.Original(ctx, "a", evidencetest.Start, evidencetest.Start.Add(time.Hour), mp4, samples)
}

func (c clips) Viewing(ctx context.Context, _ string, _, _ time.Time, mp4 io.Writer) (evidence.Derived, error) {
	return c.Source.Viewing(ctx, "a", evidencetest.Start, evidencetest.Start.Add(time.Hour), mp4)
}

// withPackages is a site that makes packages.
func withPackages(t *testing.T) *site {
	kit := evidencetest.New(t)
	return newSite(t, func(c *Config) {
		kit.Maker.Clock = c.Clock
		c.Packages = disclosure.Packages{Maker: kit.Maker, Sender: kit.Order.Controller, Keep: 30 * 24 * time.Hour, Software: "vidne test",
			Source: func(disclosure.Orders) disclosure.Source { return clips{kit.Source, kit.Order} }}
	})
}

// sealOf is what a form says was read.
func sealOf(body string) string {
	_, seal, _ := strings.Cut(body, `name="segl" value="`)
	seal, _, _ = strings.Cut(seal, `"`)
	return seal
}

// From the incident to the police's receipt: each form says what is wrong beside
// what was typed, and nobody but who is designated gets at the package.
func TestFootageIsDisclosedToThePolice(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-4", "EVID-5", "EVID-11")
	s := withPackages(t)
	s.furnish()
	i := s.incident("udpeget")
	choose := "/haendelser/" + i.ID + "/udlevering"
	ask := choose + "/police"
	s.shows("udpeget", choose, "om mindreårige ses", "§ 4 c, stk. 1, nr. 3")
	form := url.Values{"journal": {"4100-70121-00417-26"}, "navn": {"pa. Ørsted"}, "telefon": {"114"}, "kamera": {"lindeby-1"}, "ord": {"Ruden blev knust i de minutter"}, "kopi": {"ja"},
		"fra-dato": {page.FormDate(today(10, 5))}, "fra": {"10.05"}, "til-dato": {page.FormDate(today(10, 5))}, "til": {"10.15"}}
	if w := s.do("udpeget", "POST", ask, form); w.Code != 409 || !strings.Contains(w.Body.String(), "4100-70121-00417-26") || !strings.Contains(w.Body.String(), "mindreårige") {
		t.Errorf("before the steps: %d", w.Code)
	}
	s.ready(i)
	for field, c := range map[string]struct{ value, says string }{
		"journal": {"", "politiets journalnummer"}, "navn": {"", "Navn"}, "ord": {"kort", "mindst ti tegn"}, "kamera": {"", "mindst ét kamera"}, "til": {"13.30", "uden for det"},
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad[field] = []string{c.value}
		if w := s.do("udpeget", "POST", ask, bad); w.Code != 422 || !strings.Contains(w.Body.String(), c.says) || !strings.Contains(w.Body.String(), "114") {
			t.Errorf("%s = %q: %d, without %q or what was typed", field, c.value, w.Code, c.says)
		}
	}
	for who, code := range map[string]int{"koordinator": 403, "udpeget-andetsteds": 403, "it-og-udpeget": 403, "dpo": 403, "fremmed": 404} {
		if w := s.do(who, "GET", ask, nil); w.Code != code {
			t.Errorf("%s asks: %d", who, w.Code)
		}
	}
	w := s.do("udpeget", "POST", ask, form)
	here, note, _ := strings.Cut(w.Header().Get("Location"), "?")
	if w.Code != 303 || note != "besked=udlevering-bedt" {
		t.Fatalf("asked: %d to %s\n%s", w.Code, here, said(w.Body.String()))
	}
	s.shows("koordinator", page.HomePath, "beder om at udlevere")
	if w := s.do("udpeget", "GET", here+"/svar", nil); w.Code != 403 {
		t.Errorf("their own: %d", w.Code)
	}
	body := s.shows("koordinator", here+"/svar", "Ruden blev knust", "4100-70121-00417-26", "pa. Ørsted")
	if w := s.do("koordinator", "POST", here+"/svar", url.Values{"svar": {"ja"}, "segl": {"andet"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "ændret") {
		t.Errorf("what was not read: %d", w.Code)
	}
	s.sent("koordinator", here+"/svar", url.Values{"svar": {"ja"}, "segl": {sealOf(body)}}, here+"?besked=udlevering-svaret")
	s.shows("udpeget", here, "Pakken er i kø", "Se, hvor langt pakken er nået")
	if made, err := s.portal.disclosures.Next(t.Context()); !made || err != nil {
		t.Fatal(err)
	}
	d, err := s.portal.disclosures.Get(t.Context(), "lindeby", strings.TrimPrefix(here, "/udleveringer/"))
	fatal(t, err)
	if d.State(s.clk.Now()) != disclosure.Ready {
		t.Fatalf("the package is not made: %+v", d.Job)
	}
	file := here + "/pakke/" + d.Package().Envelope().Name
	for who, code := range map[string]int{"koordinator": 403, "udpeget-andetsteds": 403, "it-og-udpeget": 403, "fremmed": 404} {
		for _, at := range []string{file, here + "/kodeord"} {
			if w := s.do(who, "GET", at, nil); w.Code != code {
				t.Errorf("%s gets %s: %d", who, at, w.Code)
			}
		}
	}
	s.shows("udpeget", here, "Se kodeordet først", "LAES-FOERST.pdf")
	s.shows("udpeget", here+"/kodeord", "vises én gang")
	w = s.do("udpeget", "POST", here+"/kodeord", nil)
	_, phrase, _ := strings.Cut(w.Body.String(), `id="kodeord">`)
	phrase, _, _ = strings.Cut(phrase, "</p>")
	phrase = strings.NewReplacer("<code>", "", "</code>", "", "<span>", "", "</span>", "").Replace(phrase)
	if w.Code != 200 || len(phrase) != 29 || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d, %d characters, %q", w.Code, len(phrase), w.Header())
	}
	if w := s.do("udpeget", "POST", here+"/kodeord", nil); w.Code != 303 || strings.Contains(w.Body.String(), phrase) {
		t.Errorf("shown twice: %d", w.Code)
	}
	whole := s.do("udpeget", "GET", file, nil)
	part := s.do("udpeget", "GET", file, nil, func(r *http.Request) { r.Header.Set("Range", "bytes=100-199") })
	if whole.Code != 200 || part.Code != 206 || !bytes.Equal(part.Body.Bytes(), whole.Body.Bytes()[100:200]) || !strings.Contains(whole.Header().Get("Content-Disposition"), "BEVIS-") {
		t.Errorf("%d %d %s", whole.Code, part.Code, whole.Header())
	}
	if w := s.do("udpeget", "GET", here+"/pakke/..%2Fportal.db", nil); w.Code != 404 {
		t.Errorf("another file: %d", w.Code)
	}
	if w := s.do("udpeget", "GET", here+"/kvitteringsblanket", nil); w.Code != 200 || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF")) {
		t.Errorf("the receipt to be signed: %d", w.Code)
	}
	s.clk.Advance(time.Hour)
	s.logIn("udpeget")
	s.logIn("dpo")
	receipt := url.Values{"medie": {"usb"}, "serie": {"SN 4711"}, "til": {"pa. Ørsted"}, "dato": {page.FormDate(s.clk.Now())}, "kl": {s.clk.Now().In(page.Zone()).Format("15.04")}, "vej": {"phone"}, "vej-til": {"114"}, "vej-af": {"Navn udpeget"}}
	bad := url.Values{}
	for k, v := range receipt {
		bad[k] = v
	}
	bad.Set("dato", "2020-01-01")
	if w := s.do("udpeget", "POST", here+"/kvittering", bad); w.Code != 422 || !strings.Contains(w.Body.String(), "SN 4711") {
		t.Errorf("before it was made: %d", w.Code)
	}
	s.sent("udpeget", here+"/kvittering", receipt, here+"?besked=udlevering-afleveret")
	s.shows("dpo", here, "Afleveret", "SN 4711", "114")
	s.shows("udpeget", "/haendelser/"+i.ID, "Journalnummer 4100-70121-00417-26, modtaget af pa. Ørsted")
	if code, body := s.upload("udpeget", here+"/underskrift", "kvittering.exe", "MZ"); code != 422 {
		t.Errorf("a program as a receipt: %d %s", code, said(body))
	}
	if w := s.do("dpo", "GET", "/udleveringer?format=csv", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "4100-70121-00417-26") {
		t.Errorf("as a file: %d", w.Code)
	}
	s.sent("udpeget", here+"/slet", url.Values{"grund": {"Politiet kan åbne pakken"}}, here+"?besked=udlevering-slettet")
	if w := s.do("udpeget", "GET", file, nil); w.Code != 404 {
		t.Errorf("what is deleted: %d", w.Code)
	}
	s.shows("dpo", here, "Slettet før tid", "Politiet kan åbne pakken")
}

// consent sends the form of a disclosure on consent, with a file or without.
func (s *site) consent(path string, fields url.Values, name, content string) (int, string, string) {
	s.t.Helper()
	return s.withFile("udpeget", path, fields, name, content)
}

// withFile sends a form with a file, or with none.
func (s *site) withFile(who, path string, fields url.Values, name, content string) (int, string, string) {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, all := range fields {
		for _, x := range all {
			fatal(s.t, m.WriteField(k, x))
		}
	}
	if name != "" {
		f, err := m.CreateFormFile("fil", name)
		fatal(s.t, err)
		_, err = f.Write([]byte(content))
		fatal(s.t, err)
	}
	fatal(s.t, m.Close())
	w := s.do(who, "POST", path, nil, func(r *http.Request) {
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Body, r.ContentLength = &body{&b}, int64(b.Len())
	})
	return w.Code, w.Body.String(), w.Header().Get("Location")
}

// A consent is a document that somebody has read; what the law is against all
// the same is kept with a letter to whoever asked.
func TestAConsentIsADocumentAndDoesNotOpenEverything(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-7")
	s := newSite(t)
	s.furnish()
	i := s.incident("udpeget")
	s.ready(i)
	ask := "/haendelser/" + i.ID + "/udlevering/consent"
	form := url.Values{"samtykker": {"Ida Holm"}, "navn": {"Ida Holm"}, "kamera": {"lindeby-1"}, "ord": {"Hun vil vise sin forsikring det"}, "laest": {"ja"},
		"fra-dato": {page.FormDate(today(10, 5))}, "fra": {"10.05"}, "til-dato": {page.FormDate(today(10, 5))}, "til": {"10.15"}}
	if code, body, _ := s.consent(ask, form, "", ""); code != 422 || !strings.Contains(body, "Vælg dokumentet") {
		t.Errorf("without a consent: %d", code)
	}
	pdf := "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
	unread := url.Values{}
	for k, v := range form {
		unread[k] = v
	}
	delete(unread, "laest")
	code, page1, _ := s.consent(ask, unread, "samtykke.pdf", pdf)
	_, kept, _ := strings.Cut(page1, `name="dokument" value="`)
	kept, _, _ = strings.Cut(kept, `"`)
	if code != 422 || kept == "" || !strings.Contains(page1, "sæt hak") {
		t.Fatalf("unread: %d %s", code, said(page1))
	}
	form.Set("dokument", kept) // it need not be sent again
	code, said1, to := s.consent(ask, form, "", "")
	here, _, _ := strings.Cut(to, "?")
	if code != 303 {
		t.Fatalf("%d %s", code, said(said1))
	}
	if w := s.do("koordinator", "GET", here+"/dokument/"+kept, nil); w.Code != 200 || w.Body.String() != pdf {
		t.Errorf("the consent is not read: %d", w.Code)
	}
	if w := s.do("fremmed", "GET", here+"/dokument/"+kept, nil); w.Code != 404 {
		t.Errorf("another controller's: %d", w.Code)
	}
	s.shows("koordinator", here+"/svar", "Læs dokumentet", "Ida Holm")
	if body := s.shows("koordinator", here, "modtagerens egen uploadløsning"); strings.Contains(body, "politiets egen") {
		t.Error("a private recipient is sent to the police's upload service")
	}

	// Under a § 2 stk. 4 permit it goes to the police only.
	c, err := s.portal.Register.Camera(t.Context(), "lindeby", "lindeby-1")
	fatal(t, err)
	c.BasisID = "2-4"
	fatal(t, s.portal.Register.UpdateCamera(t.Context(), c, "p"))
	code, said1, to = s.consent(ask, form, "", "")
	here, _, _ = strings.Cut(to, "?")
	if code != 303 {
		t.Fatalf("%d %s", code, said(said1))
	}
	s.shows("udpeget", here, "Loven tillader ikke", "§ 2, stk. 4", "afslaget som brev")
	w := s.do("udpeget", "GET", here+"/brev", nil)
	name := filepath.Join(t.TempDir(), "afslag.pdf")
	fatal(t, os.WriteFile(name, w.Body.Bytes(), 0o600))
	text, err := exec.Command("pdftotext", "-layout", name, "-").CombinedOutput()
	fatal(t, err)
	for _, want := range []string{"Ida Holm", "§ 2, stk. 4", "114", "Datatilsynet"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the letter lacks %q:\n%s", want, text)
		}
	}
	s.shows("dpo", "/udleveringer", "Afvist efter loven")
}
