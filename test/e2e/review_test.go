package e2e

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify"
)

// reviewed lets time go on to the end of the open period, and gives what was
// drawn of it.
func (s *site) reviewed() []oversight.Item {
	s.t.Helper()
	ctx := s.t.Context()
	periods := must[[]oversight.Period](s.t)(s.review.Periods(ctx, controller))
	s.clk.Advance(periods[0].Ends.Sub(s.clk.Now()) + 9*time.Hour) // Monday morning
	s.tick()
	return must[[]oversight.Item](s.t)(s.review.Of(ctx, controller, periods[0].ID))
}

func (s *site) tick() {
	s.t.Helper()
	if err := s.review.Tick(context.WithoutCancel(s.t.Context())); err != nil {
		s.t.Fatal(err)
	}
}

// itemOf is the first item of a person.
func (s *site) itemOf(items []oversight.Item, login, rule string) oversight.Item {
	s.t.Helper()
	for _, i := range items {
		if i.Person == s.persons[login].ID && strings.Contains(string(i.Rules), rule) {
			return i
		}
	}
	s.t.Fatalf("nothing of %s is drawn by %q", login, rule)
	return oversight.Item{}
}

// A search at night is drawn, asked about, answered, judged and followed up;
// nobody reviews their own; an inspector draws a sample by words; an outsider
// draws the same from the ledger.
func TestTheLogIsReviewed(t *testing.T) {
	req.Shows(t, "LOG-3")
	s := newSite(t)
	s.addCamera(cameraEntrance, school, "Indgang", nil, false)
	s.tick() // the first period opens, on a Friday evening
	night := newBrowser(t, s.url)
	night.logIn("jonas")
	night.open("/haendelser?q=cykelskur")
	boss := newBrowser(t, s.url)
	boss.logIn("karen")
	boss.open("/soeg?q=gymnastiksal")
	items := s.reviewed()
	his, hers := s.itemOf(items, "jonas", "hours"), s.itemOf(items, "karen", "hours")
	if his.ReviewerName != "Karen Holm" || hers.ReviewerName != "Mette Dahl" {
		t.Fatalf("%s reviews Jonas and %s Karen", his.ReviewerName, hers.ReviewerName)
	}

	// The coordinator sees what was drawn, and asks.
	karen := newBrowser(t, s.url)
	karen.logIn("karen")
	karen.wait("her front page says so", `document.querySelector('main').innerText.includes('skal gennemgås')`)
	karen.open("/tilsyn/stikproeve")
	karen.wait("it is on the list", `document.querySelector('main table').innerText.includes('Jonas Lund')`)
	if strings.Contains(karen.text("main table"), hers.Number) {
		t.Error("her own is on her list")
	}
	karen.accessible("the list")
	karen.open("/tilsyn/stikproeve/opslag/" + hers.ID)
	if text := karen.text("main"); !strings.Contains(text, "En anden skal gennemgå det") {
		t.Errorf("her own reads %.300q", text)
	}
	karen.open("/tilsyn/stikproeve/opslag/" + his.ID)
	karen.wait("what he did", `(t => t.includes('cykelskur') && t.includes('Uden for arbejdstid') && t.includes('20. november 2026'))(document.querySelector('main').innerText)`)
	karen.accessible("an item")
	karen.size(390, 844)
	karen.fits("an item")
	karen.accessible("an item on a phone")
	karen.size(1366, 900)
	karen.click(`a[href$="/afgoer"]`)
	karen.wait("the form", `document.getElementById('grund') !== null`)
	karen.click(`input[name=afgoerelse][value=unjustified]`)
	karen.fill("#grund", "Der var ingen grund til at lede.")
	karen.click("main form button[type=submit]")
	karen.wait("nobody is judged unheard", `document.querySelector('main').innerText.includes('Spørg først') && document.getElementById('grund').value.includes('ingen grund')`)
	karen.accessible("a verdict that is refused")
	karen.open("/tilsyn/stikproeve/opslag/" + his.ID + "/spoerg")
	karen.click("main form button[type=submit]")
	karen.wait("it is asked", `document.querySelector('main').innerText.includes('Spørgsmålet er sendt')`)

	// He answers on his own page, and sees nothing else of it.
	jonas := newBrowser(t, s.url)
	jonas.logIn("jonas")
	jonas.click(`a[href="/min-side/stikproeve/` + his.ID + `"]`)
	jonas.wait("the question", `document.getElementById('svar') !== null && document.querySelector('main').innerText.includes('cykelskur')`)
	jonas.accessible("the question")
	jonas.size(390, 844)
	jonas.fits("the question")
	jonas.size(1366, 900)
	jonas.fill("#svar", "Kort.")
	jonas.click("main form button[type=submit]")
	jonas.wait("too short", `document.querySelector('main').innerText.includes('mindst 10 tegn')`)
	jonas.fill("#svar", "Jeg ledte efter en hændelse, som en nabo spurgte til.")
	jonas.click("main form button[type=submit]")
	jonas.wait("it is sent", `location.pathname === '/min-side/stikproeve' && document.querySelector('main').innerText.includes('Tak')`)
	for _, path := range []string{"/tilsyn/stikproeve", "/tilsyn/stikproeve/opslag/" + his.ID, "/tilsyn/stikproeve/tal"} {
		if code := eval[int](jonas, `fetch(`+quote(path)+`).then(r => r.status)`); code != 403 && code != 404 {
			t.Errorf("he gets %s with %d", path, code)
		}
	}

	karen.open("/tilsyn/stikproeve/opslag/" + his.ID + "/afgoer")
	karen.click(`input[name=afgoerelse][value=unjustified]`)
	karen.fill("#grund", "En nabos spørgsmål er ikke en grund til at søge.")
	karen.click("main form button[type=submit]")
	karen.wait("it is decided", `document.querySelector('main').innerText.includes('Afgørelsen er gemt')`)
	karen.quiet("the coordinator")

	// The data protection officer follows up, and looks at the figures.
	mette := newBrowser(t, s.url)
	mette.logIn("mette")
	mette.click(`a[href="/tilsyn/stikproeve/opslag/` + his.ID + `/opfoelgning"]`)
	mette.wait("the form", `document.getElementById('udfald') !== null`)
	mette.accessible("the follow-up")
	mette.fill("#udfald", "Samtale med medarbejderen. Ikke et brud, der skal anmeldes.")
	mette.click("main form button[type=submit]")
	mette.wait("it is done", `document.querySelector('main').innerText.includes('Opfølgningen er gemt') && document.querySelector('main h1').innerText.includes('Afsluttet')`)
	mette.open("/tilsyn/stikproeve/tal")
	mette.wait("the charts", `document.querySelectorAll('svg.v-chart rect').length > 20`)
	mette.accessible("the figures")
	mette.size(390, 844)
	mette.fits("the figures")
	mette.accessible("the figures on a phone")
	mette.size(1366, 900)
	mette.open("/tilsyn/stikproeve/aar/2026")
	mette.wait("the report", `document.querySelector('main').innerText.includes('Uberettiget')`)
	if strings.Contains(mette.text("main"), "Jonas") {
		t.Error("the report names somebody")
	}
	for _, format := range []string{"pdf", "csv"} {
		if size := eval[int](mette, `fetch('/tilsyn/stikproeve/aar/2026?format=`+format+`').then(r => r.ok ? r.arrayBuffer() : new ArrayBuffer(0)).then(b => b.byteLength)`); size < 500 {
			t.Errorf("the %s has %d bytes", format, size)
		}
	}
	inspected(t, mette)
	mette.quiet("the data protection officer")
	s.drawnAgain()
}

// inspected has an inspector draw a sample by words, and write what was found.
func inspected(t *testing.T, b *browser) {
	b.open("/tilsyn/stikproeve/tilsynet/ny")
	b.accessible("an inspector's sample")
	b.do(evalNow(`document.querySelectorAll('input[name=slags]').forEach(e => { e.checked = false; })`))
	b.fill("#antal", "5")
	b.fill("#ord", "grøn cykel")
	b.fill("#tilsyn", "Datatilsynet, j.nr. 2026-431-0117")
	b.click("main form button[type=submit]")
	b.wait("it is drawn", `/tilsynet\/[0-9a-f]+$/.test(location.pathname) && document.querySelectorAll('section[aria-labelledby=opslag] tbody tr').length === 5`)
	if text := b.text("main"); !strings.Contains(text, "grøn cykel") || !strings.Contains(text, "de samme opslag") {
		t.Errorf("the sample reads %.600q", text)
	}
	b.accessible("the sample")
	b.size(390, 844)
	b.fits("the sample")
	b.size(1366, 900)
	if kind := eval[string](b, `fetch(location.pathname + '?format=pdf').then(r => r.headers.get('content-type'))`); kind != "application/pdf" {
		t.Errorf("to print it is %s", kind)
	}
	b.click(`a[href$="/konklusion"]`)
	b.wait("the form", `document.getElementById('konklusion') !== null`)
	b.fill("#konklusion", "Alle fem opslag har en sag. Ingen bemærkninger.")
	b.click("main form button[type=submit]")
	b.wait("it is concluded", `document.querySelector('main').innerText.includes('Ingen bemærkninger')`)
}

// drawnAgain draws the samples again from the ledger, as an outsider does.
func (s *site) drawnAgain() {
	s.t.Helper()
	ctx := s.t.Context()
	must[[]byte](s.t)(s.ledger.Checkpoint(ctx))
	size := must[int64](s.t)(s.ledger.Size(ctx))
	var raw bytes.Buffer
	if err := s.ledger.Extract(ctx, 0, size, &raw); err != nil {
		s.t.Fatal(err)
	}
	_, public := s.ledger.Public()
	key := must[verify.Key](s.t)(verify.ParseKey(public))
	report := must[*verify.Report](s.t)(verify.Draws(bytes.NewReader(raw.Bytes()), []verify.Key{key}))
	var text strings.Builder
	if err := report.Text(&text, verify.English); err != nil || !report.OK() || !strings.Contains(text.String(), "was drawn again") {
		s.t.Errorf("an outsider's draw: %s (%v)", text.String(), err)
	}
}
