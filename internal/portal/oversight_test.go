package portal

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify/command"
)

func TestAnswersAreHandedOutSealed(t *testing.T) {
	req.Shows(t, "GOV-3")
	signer, err := evidence.OpenSigner(t.TempDir(), evidence.Name{Controller: "Lindeby Kommune", CVR: "12345678"}, clock.System().Now())
	fatal(t, err)
	s := newSite(t, func(c *Config) { c.Signer = signer })
	s.shows("koordinator", "/tilsyn", "/tilsyn/svar", "/tilsyn/sikkerhed", "/tilsyn/fortegnelse")
	s.shows("dpo", "/tilsyn/svar", "svar-1", "svar-12", "mangler-12", "Der er ikke udgivet en sikkerhedsbeskrivelse")
	s.shows("dpo", "/tilsyn/svar/sted/lindeby-skole", "svar-12")
	for _, who := range []string{"it", "leder", "udpeget"} {
		if w := s.do(who, "GET", "/tilsyn/svar", nil); w.Code != http.StatusForbidden {
			t.Errorf("%s sees the answers: %d", who, w.Code)
		}
	}
	if w := s.do("koordinator", "GET", "/tilsyn/svar/sted/kadence-skole", nil); w.Code != http.StatusNotFound {
		t.Errorf("another's location: %d", w.Code)
	}
	if w := s.do("koordinator", "POST", "/tilsyn/svar/udlever", url.Values{"modtager": {"Datatilsynet"}, "grund": {"x"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", w.Code)
	}
	w := s.do("koordinator", "POST", "/tilsyn/svar/sted/lindeby-skole/udlever", url.Values{"modtager": {"Datatilsynet"}, "grund": {"Datatilsynet har bedt om dem i brev af 1. november."}})
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, said(w.Body.String()))
	}
	body := w.Body.Bytes()
	_, key := s.ledger.Public()
	good := func(data []byte) bool {
		file := filepath.Join(t.TempDir(), "svar.zip")
		fatal(t, os.WriteFile(file, data, 0o600))
		var out, errs strings.Builder
		code := command.Main("vidne-verify", []string{"extract", "--key", key, file}, &out, &errs)
		if code != 0 {
			t.Log(out.String(), errs.String())
		}
		return code == 0
	}
	if !good(body) {
		t.Fatal("the package is not good")
	}
	files := unzip(t, body)
	for _, want := range []string{"svar.pdf", "svar.html", "svar.json", "manifest.json", "bevis.vidnelog", "LAESMIG.txt", "SHA256SUMS"} {
		if len(files[want]) == 0 {
			t.Errorf("no %s in the package", want)
		}
	}
	var said struct{ Answers []struct{ Number int } }
	fatal(t, json.Unmarshal(files["svar.json"], &said))
	if len(said.Answers) != 12 {
		t.Errorf("%d answers as data", len(said.Answers))
	}
	for _, changed := range []string{"svar.html", "SHA256SUMS", "manifest.json"} {
		other := maps.Clone(files)
		other[changed] = append([]byte(" "), files[changed]...)
		data, err := os.ReadFile(rezip(t, other))
		fatal(t, err)
		if good(data) {
			t.Errorf("good with another %s", changed)
		}
	}
	if !bytes.Equal(files["afsender.pem"], signer.Certificate()) {
		t.Error("it is another's certificate")
	}
	checkedByHand(t, files, "svar.json")
}

func TestTheSecurityDescriptionIsWrittenAndIssued(t *testing.T) {
	req.Shows(t, "GOV-4")
	s := newSite(t)
	s.shows("leder", "/tilsyn/sikkerhed", "Beskrivelsen er ikke udgivet", "Det er ikke beskrevet, hvor optageren står")
	if w := s.do("leder", "GET", "/tilsyn/sikkerhed/udgiv", nil); w.Code != http.StatusForbidden {
		t.Errorf("a manager issues it: %d", w.Code)
	}
	s.sent("it", "/tilsyn/sikkerhed/del/storage", url.Values{"ord": {"Optageren står i et aflåst rum."}}, "/tilsyn/sikkerhed?besked=sikkerhed-skrevet#storage")
	page := s.shows("it", "/tilsyn/sikkerhed/udgiv", `name="segl"`)
	_, rest, _ := strings.Cut(page, `name="segl" value="`)
	seal, _, _ := strings.Cut(rest, `"`)
	if w := s.do("it", "POST", "/tilsyn/sikkerhed/udgiv", url.Values{"segl": {"gammelt"}, "nyt": {"Den første udgave"}}); w.Code != http.StatusConflict {
		t.Errorf("what was not shown was issued: %d", w.Code)
	}
	s.sent("it", "/tilsyn/sikkerhed/udgiv", url.Values{"segl": {seal}, "nyt": {"Den første udgave"}}, "/tilsyn/sikkerhed/udgave/1?besked=sikkerhed-udgivet")
	s.shows("koordinator", "/tilsyn/sikkerhed", "Udgave 1 svarer til det, der er nu")
	if w := s.do("dpo", "GET", "/tilsyn/sikkerhed/udgave/1/fil", nil); w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF")) {
		t.Errorf("the file: %d", w.Code)
	}
	s.sent("it", "/tilsyn/sikkerhed/del/storage", url.Values{"ord": {"Optageren er flyttet."}}, "/tilsyn/sikkerhed?besked=sikkerhed-skrevet#storage")
	s.shows("koordinator", "/tilsyn/sikkerhed", "Udgave 1 passer ikke længere", "lager, medier og nøgler")
	s.shows("dpo", "/tilsyn/sikkerhed/udgave/1", "Optageren står i et aflåst rum.")
	if w := s.do("dpo", "GET", "/tilsyn/sikkerhed/udgave/2", nil); w.Code != http.StatusNotFound {
		t.Errorf("a version that is not there: %d", w.Code)
	}
	for _, form := range []string{"pdf", "docx", "html"} {
		for _, what := range []string{"fil", "retningslinje"} {
			if w := s.do("dpo", "GET", "/tilsyn/sikkerhed/"+what+"/"+form, nil); w.Code != http.StatusOK || w.Body.Len() < 1000 {
				t.Errorf("%s as %s: %d, %d bytes", what, form, w.Code, w.Body.Len())
			}
		}
	}
}
