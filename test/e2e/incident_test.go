package e2e

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/req"
)

// From "something happened" to the picture: nothing is shown while the crime is
// presumed, nor outside what the incident names; both are said in words and
// logged. Widened for a reason it is shown, and closing cuts it.
func fromIncidentToPicture(t *testing.T, f *film) {
	req.Shows(t, "EVID-1", "VIEW-1", "LOG-1")
	refused, opened := f.entries("view.refused"), f.entries("view.opened")
	b := newBrowser(t, f.url)
	b.logIn("jonas")
	submit := `main form button[type=submit]`
	fillSpan := func(from, to time.Time) {
		b.fill("#fra-dato", from.In(denmark()).Format(time.DateOnly))
		b.fill("#fra", clockOf(from))
		b.fill("#til-dato", to.In(denmark()).Format(time.DateOnly))
		b.fill("#til", clockOf(to))
	}
	first, last := f.begin.Truncate(time.Second), f.begin.Add(40*time.Second).Truncate(time.Second)

	b.open("/haendelser")
	b.accessible("the incidents")
	b.click(`a[href="/haendelser/ny"]`)
	b.wait("it asks what happened", `document.getElementById('hvad') !== null`)
	b.accessible("what happened")
	b.fits("what happened")
	b.fill("#hvad", "Rude knust ved hovedindgangen")
	fillSpan(first, last)
	b.click(submit)
	b.wait("it asks whether it was a crime", `location.pathname.endsWith('/kriminalitet')`)
	b.accessible("was it a crime")
	here := strings.TrimSuffix(eval[string](b, `location.pathname`), "/kriminalitet")
	b.click(`input[name=strafbart][value=presumed]`)
	b.fill("#hvoraf", "Døren stod åben, og ingen ved hvorfor")
	b.click(submit)
	b.wait("the incident says what is missing", `document.querySelector('main').innerText.includes('kun formodet')`)
	b.accessible("the incident, presumed")
	b.open(here + "/behov")
	b.wait("the camera that recorded is suggested", `document.querySelector('input[value="`+cameraEntrance+`"]').checked`)
	b.fill("#behov", "Vi skal kunne sige politiet hvornår")
	b.accessible("why and what")
	b.click(submit)
	b.wait("it is named", `location.pathname === `+quote(here))

	// Presumed is not enough: in words, with the way on, and logged.
	b.open(here + "/se")
	if text := b.text("main"); !strings.Contains(text, "kun formodet") || !strings.Contains(text, "Forsøget står i loggen") {
		t.Errorf("it says %q", text)
	}
	b.accessible("refused")
	if n := f.entries("view.refused") - refused; n != 1 {
		t.Errorf("%d refusals are logged", n)
	}
	b.click(`main a[href="` + here + `/kriminalitet"]`)
	b.wait("it asks again", `document.getElementById('hvoraf') !== null`)
	b.click(`input[name=strafbart][value=established]`)
	b.fill("#hvoraf", "Pedellen har fundet stenen på gulvet")
	b.click(submit)
	b.wait("it is established", `location.pathname === `+quote(here))
	b.shot("haendelse-rigtig-1366")
	b.open(here + "/se?kamera=" + cameraEntrance)
	b.accessible("choose what to see")
	b.click(submit)
	b.inRoom()
	f.rightPicture(b, f.entrance, "the first picture of the incident")
	if n := f.entries("view.opened") - opened; n != 1 {
		t.Errorf("%d periods are logged", n)
	}
	room := eval[string](b, `location.pathname`)

	// Outside what it names: refused, logged, and the way on is offered.
	before := f.entries("view.refused")
	b.goTo(f.begin.Add(70 * time.Second).Truncate(time.Second))
	b.wait("it is said to lie outside", `document.getElementById('besked-titel').textContent === 'Uden for hændelsens tidsrum'`)
	b.accessible("outside")
	if n := f.entries("view.refused") - before; n != 1 {
		t.Errorf("%d refusals are logged", n)
	}
	if code := eval[int](b, `fetch(`+quote(room)+` + '/billeder?fra=`+itoa(f.begin.Add(60*time.Second).UnixMilli())+`&til=`+itoa(f.begin.Add(70*time.Second).UnixMilli())+`').then(r => r.status)`); code != 403 {
		t.Errorf("pictures outside are answered by %d", code)
	}
	b.click("#besked-valg button")
	b.wait("it asks why more is needed", `location.pathname === `+quote(here+"/udvid")+` && document.getElementById('grund') !== null`)
	b.accessible("widen")
	fillSpan(first, f.end.Truncate(time.Second))
	b.fill("#grund", "De kom tilbage senere på aftenen")
	b.click(submit)
	b.wait("it leads on to the footage", `location.pathname === `+quote(here+"/se"))
	b.fill("#til", clockOf(f.end.Truncate(time.Second)))
	b.click(submit)
	b.inRoom()
	want := f.begin.Add(30 * time.Second).Truncate(time.Second)
	b.goTo(want)
	b.wait("it is shown", within(want, 150*time.Millisecond))
	if n := f.entries("incident.widened"); n != 1 {
		t.Errorf("%d widenings are logged", n)
	}

	// Closing cuts what is shown.
	boss := newBrowser(t, f.url)
	boss.logIn("karen")
	boss.open(here)
	for _, said := range []string{"Jonas Lund", "De kom tilbage senere", "Konstateret kriminalitet"} {
		if text := boss.text("main"); !strings.Contains(text, said) {
			t.Errorf("the incident's page lacks %q", said)
		}
	}
	boss.open(here + "/luk")
	if text := boss.text("main"); !strings.Contains(text, "overdraget til politiet") {
		t.Errorf("a criminal case closes without the police: %q", text)
	}
	boss.open(here + "/ingen-straffesag")
	boss.fill("#hvorfor", "Ruden var revnet i forvejen; ingen har knust den.")
	boss.click("main form button[type=submit]")
	boss.wait("it is on record", `location.pathname === `+quote(here))
	boss.open(here + "/luk")
	boss.fill("#grund", "Anmeldt til politiet; optagelserne er set.")
	boss.click("main form button[type=submit]")
	boss.wait("it is closed", `location.pathname === `+quote(here))
	b.wait("the picture is cut", `document.getElementById('rum').dataset.state === 'cut'`)
	if text := b.text("#besked"); !strings.Contains(text, "Hændelsen er lukket") {
		t.Errorf("it says %q", text)
	}
	boss.accessible("the closed incident")
}
