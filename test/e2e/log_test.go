package e2e

import (
	"strings"
	"testing"

	"vidne.dk/vidne/internal/req"
)

// The data protection officer finds who was refused and what was searched for,
// opens an entry, and hands the log out; everybody sees their own.
func TestWhoLooked(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1", "LOG-4")
	s := newSite(t)
	s.addCamera(cameraEntrance, school, "Indgang", nil, false)
	karen := newBrowser(t, s.url)
	karen.logIn("karen")
	karen.open("/soeg?q=gymnastiksal")
	karen.open("/min-konto")
	karen.click(`a[href="/min-konto/opslag"]`)
	karen.wait("her own searches", `location.pathname === '/min-konto/opslag' && document.querySelector('main').innerText.includes('gymnastiksal')`)
	karen.accessible("own uses")
	karen.size(390, 844)
	karen.fits("own uses")
	it := newBrowser(t, s.url)
	it.logIn("soeren")
	it.open("/afspilning")

	mette := newBrowser(t, s.url)
	mette.logIn("mette")
	mette.open("/tilsyn/log")
	mette.wait("the search is there", `document.querySelector('main').innerText.includes('gymnastiksal')`)
	mette.accessible("the log")
	mette.shot("adgangslog-1366")
	mette.fill("#udfald", "afvist")
	mette.click("main form button[type=submit]")
	mette.wait("only the refused", `location.search.includes('udfald=afvist') && document.querySelector('main table').innerText.includes('Søren Krogh') && !document.querySelector('main table').innerText.includes('gymnastiksal')`)
	mette.size(390, 844)
	mette.fits("the log")
	mette.accessible("the log on a phone")
	mette.shot("adgangslog-390")
	mette.click("main table tbody tr td a")
	mette.wait("one entry", `/\/tilsyn\/log\/\d+$/.test(location.pathname) && document.querySelector('main').innerText.includes('It-drift må aldrig se optagelser')`)
	mette.accessible("an entry")
	mette.fits("an entry")
	mette.size(1366, 900)

	mette.open("/tilsyn/log/udlever")
	mette.accessible("the extract")
	mette.fill("#grund", "kort")
	mette.click("main form button[type=submit]")
	mette.wait("a short reason is refused", `document.querySelector('.v-error-summary') !== null && document.querySelector('#grund').value === 'kort'`)
	mette.open("/tilsyn/log/frister")
	mette.accessible("time limits")
	if text := mette.text("main"); !strings.Contains(text, "60 måneder") || !strings.Contains(text, "§ 4 e") {
		t.Errorf("the time limits read %.600q", text)
	}
	mette.click(`a[href="/tilsyn/log/frister/search"]`)
	mette.wait("the form", `document.getElementById('maaneder') !== null`)
	mette.fill("#maaneder", "12")
	mette.fill("#grund", "Vi gennemgår søgninger hver måned.")
	mette.click("main form button[type=submit]")
	mette.wait("it is saved", `location.pathname === '/tilsyn/log/frister' && document.querySelector('main').innerText.includes('12 måneder')`)
	mette.quiet("the data protection officer")
}
