package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/req"
)

// published is the page of Lindeby's school.
func (s *site) published() *notice.Page {
	s.t.Helper()
	fatal(s.t, s.portal.Notices().Tick(s.t.Context()))
	p, ok := s.portal.Notices().Of("lindeby", "lindeby-skole")
	if !ok {
		s.t.Fatal("nothing is published")
	}
	return p
}

var foreignAddress = regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//`)

// The page that a sign leads to is there for anybody, in every language, small,
// without cookies, scripts or anything from elsewhere; also when the database is
// away, and for whoever is logged in.
func TestThePublicPage(t *testing.T) {
	t.Parallel()
	req.Shows(t, "INFO-2")
	s := newSite(t)
	p := s.published()
	look := func(path string, code int) string {
		t.Helper()
		w := s.do("", "GET", path, nil)
		body := w.Body.String()
		if w.Code != code {
			t.Errorf("%s: %d, want %d: %.300s", path, w.Code, code, body)
		}
		switch {
		case len(w.Result().Cookies()) != 0:
			t.Errorf("%s sets cookies: %v", path, w.Result().Cookies())
		case strings.Contains(body, "<script") || foreignAddress.MatchString(body) || strings.Contains(body, " style="):
			t.Errorf("%s has scripts, styles, or something from elsewhere", path)
		case strings.Contains(body, "[") && regexp.MustCompile(`\[[a-z]+\.[a-z.]+\]`).MatchString(body):
			t.Errorf("%s lacks words: %s", path, regexp.MustCompile(`\[[a-z]+\.[a-z.]+\]`).FindString(body))
		}
		return body
	}
	here := "/s/" + p.Code
	for _, lang := range notice.Languages() {
		for _, path := range []string{here, here + "/boern", here + "/anmod", here + "/meld", "/overvaagning"} {
			body := look(path+"?sprog="+lang, 200)
			if !strings.Contains(body, `<html lang="`+lang+`" dir="`+notice.In(lang).T("dir")+`"`) {
				t.Errorf("%s is not in %s", path, lang)
			}
			if len(body) > 100_000 {
				t.Errorf("%s in %s is %d bytes", path, lang, len(body))
			}
		}
		body := look(here+"?sprog="+lang, 200)
		w := notice.In(lang)
		for _, key := range []string{"who.title", "why.crime", "basis.public", "sound.no", "review.title", "access.title", "recipients.police", "kept.longer", "abroad.text", "rights.access", "rights.object", "complain.text"} {
			if !strings.Contains(body, w.T(key)) {
				t.Errorf("%s does not say %s", lang, key)
			}
		}
		for _, want := range []string{w.Days(14), "tv-overvågningsloven § 2 d", "Datatilsynet, Carl Jacobsens Vej 35", "lindeby"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %s", lang, want)
			}
		}
	}
	if body := look("/s/findesikk", 404); !strings.Contains(body, here) {
		t.Error("whoever types a code wrong is not led on")
	}
	typed := strings.ToUpper(p.Code[:4] + "-" + p.Code[4:])
	if w := s.do("", "GET", "/s/"+typed, nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != here {
		t.Errorf("the code as people type it: %d %s", w.Code, w.Header().Get("Location"))
	}
	fatal(t, s.portal.DB.Write(t.Context(), func(tx *db.Tx) error {
		for _, table := range []string{"sessions", "notice_pages", "notice_reports", "ledger_log"} {
			if _, err := tx.Exec(t.Context(), "ALTER TABLE "+table+" RENAME TO "+table+"_away"); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, who := range []string{"", "koordinator"} {
		if w := s.do(who, "GET", here, nil); w.Code != 200 {
			t.Errorf("without a database %q gets %d", who, w.Code)
		}
	}
	if w := s.do("", "POST", here+"/meld", url.Values{"hvad": {"torn"}, "hvor": {"Ved døren"}}); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "Ved døren") {
		t.Errorf("a form without a database: %d", w.Code)
	}
}

// What passers-by send arrives: a report with whoever looks after the place, a
// request with those who answer it; a civil registration number is refused, and
// so is more than people send.
func TestThePublicForms(t *testing.T) {
	t.Parallel()
	req.Shows(t, "INFO-1", "INFO-2", "GOV-5")
	s := newSite(t)
	here := "/s/" + s.published().Code
	send := func(path string, code int, form url.Values) string {
		t.Helper()
		w := s.do("", "POST", path, form)
		if w.Code != code {
			t.Errorf("%s %v: %d, want %d", path, form, w.Code, code)
		}
		return w.Body.String()
	}
	if body := send(here+"/meld", 422, url.Values{"hvad": {"torn"}}); !strings.Contains(body, `href="#hvor"`) {
		t.Error("it does not say what is missing")
	}
	send(here+"/meld?sprog=uk", 200, url.Values{"hvad": {"torn"}, "hvor": {"<b>Ved</b> døren"}, "ord": {"Koden er væk"}})
	body := s.do("koordinator", "GET", "/steder/lindeby-skole/skilte", nil).Body.String()
	if !strings.Contains(body, "&lt;b&gt;Ved&lt;/b&gt; døren") || !strings.Contains(body, "Koden er væk") {
		t.Error("the coordinator does not see the report")
	}
	ask := url.Values{"ret": {"access"}, "navn": {"Ida Holm"}, "kontakt": {"ida@example.dk"}, "dag": {"2026-11-21"}, "fra": {"10:00"}, "til": {"10.30"}, "udseende": {"Rød jakke"}, "ord": {""}}
	with := func(name, value string) url.Values {
		out := url.Values{}
		for k, v := range ask {
			out[k] = v
		}
		out.Set(name, value)
		return out
	}
	for name, value := range map[string]string{"dag": "i går", "til": "09:00", "fra": "tidligt", "udseende": "", "ord": "Mit nummer er 010190-1234"} {
		if body := send(here+"/anmod", 422, with(name, value)); !strings.Contains(body, "Ida Holm") {
			t.Errorf("what was typed is lost when %s is wrong", name)
		}
	}
	if body := send(here+"/anmod", 200, ask); !strings.Contains(body, "A-2026-001") {
		t.Errorf("no number is given: %s", body)
	}
	all, err := s.portal.Requests().List(t.Context(), "lindeby")
	fatal(t, err)
	if len(all) != 1 || all[0].Name != "Ida Holm" || all[0].Location != "lindeby-skole" {
		t.Errorf("requests %+v", all)
	}
	last := 0
	for range 12 {
		last = s.do("", "POST", here+"/meld", url.Values{"hvad": {"torn"}, "hvor": {"Ved døren"}}).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("a flood of reports ends with %d", last)
	}
}

// A sign is written down, seen to and taken down by the place, and printed.
func TestAPlaceLooksAfterItsSigns(t *testing.T) {
	t.Parallel()
	req.Shows(t, "INFO-1", "INFO-5")
	s := newSite(t)
	p := s.published()
	place := "/steder/lindeby-skole/skilte"
	for _, file := range []string{"skilt-a4.pdf", "skilt-a3.pdf", "maerkat.pdf"} {
		w := s.do("leder", "GET", place+"/print/"+file, nil)
		if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "%PDF") || !strings.Contains(w.Header().Get("Content-Disposition"), p.Code) {
			t.Errorf("%s: %d", file, w.Code)
		}
	}
	for _, lang := range notice.Languages() {
		for _, file := range []string{"opslag-a4-" + lang + ".pdf", "opslag-a3-" + lang + ".pdf", "tekst-" + lang + ".txt", "tekst-" + lang + ".docx", "tekst-" + lang + ".html", "tekst-" + lang + ".pdf"} {
			code := 200
			if lang == "ar" && strings.HasSuffix(file, ".pdf") {
				code = 404 // a browser prints the page
			}
			w := s.do("leder", "GET", place+"/print/"+file, nil)
			if w.Code != code {
				t.Errorf("%s: %d, want %d", file, w.Code, code)
			}
			if body := w.Body.String(); strings.HasSuffix(file, ".txt") && (!strings.Contains(body, notice.In(lang).Days(14)) || !strings.Contains(body, p.Code) || !strings.Contains(body, notice.In(lang).T("members.lead", p.Who, p.Name))) {
				t.Errorf("%s says %s", file, body)
			}
		}
	}
	for _, file := range []string{"skilt-a5.pdf", "skilt-a4.docx", "skilt-a4-da.pdf", "opslag-a4.pdf", "opslag-a4-xx.pdf", "tekst.txt", "tekst-da.exe", "tekst-da"} {
		if w := s.do("leder", "GET", place+"/print/"+file, nil); w.Code != 404 {
			t.Errorf("%s, which there is not: %d", file, w.Code)
		}
	}
	sign, err := s.portal.Notices().Hang(t.Context(), notice.Sign{Location: "lindeby-skole", Place: notice.AtEntrance, Words: "Ved døren", Format: "a4"}, notice.Who{Controller: "lindeby", Person: "p", Name: "P"})
	fatal(t, err)
	one := "/skilte/" + sign.ID
	for who, code := range map[string]int{"fremmed": 404, "dpo": 403, "udpeget-andetsteds": 403, "udpeget": 200, "leder": 200} {
		if w := s.do(who, "GET", one+"/tilsyn", nil); w.Code != code {
			t.Errorf("%s: %d, want %d", who, w.Code, code)
		}
	}
	if w := s.do("leder", "POST", place+"/bekraeft", url.Values{"version": {"1"}}); w.Code != http.StatusSeeOther {
		t.Errorf("the page is not confirmed: %d", w.Code)
	}
	if w := s.do("leder", "POST", one+"/tag-ned", url.Values{"grund": {"Døren er muret til"}}); w.Code != http.StatusSeeOther {
		t.Errorf("it is not taken down: %d", w.Code)
	}
	if w := s.do("leder", "GET", "/skilte", nil); w.Code != 200 || !strings.Contains(w.Body.String(), p.Code) {
		t.Errorf("the list: %d", w.Code)
	}
}
