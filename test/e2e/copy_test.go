package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/request"
)

// copyInADispute is a dispute from its lock to the other party's receipt: the
// minutes are locked, the others in them covered in the editor, every second of
// the copy seen by another person, and the copy, and nothing else, handed over.
func copyInADispute(t *testing.T, f *film) {
	req.Shows(t, "EVID-7", "EVID-8", "KEEP-5")
	submit := `main form button[type=submit]`
	i := f.broken(cameraEntrance)
	b, boss := newBrowser(t, f.url), newBrowser(t, f.url)
	b.logIn("jonas")
	boss.logIn("karen")
	b.open("/haendelser/" + i.ID + "/bevislaas")
	b.click(`input[name=grund][value=dispute]`)
	b.fill("#reference", "Klage 26/1142")
	b.fill("#hvem", "Vibeke Storm")
	b.fill("#ord", "Hun siger, at hun ikke var der")
	b.fill("#fra", clockOf(f.begin.Add(20*time.Second).Truncate(time.Second)))
	b.fill("#til", clockOf(f.begin.Add(32*time.Second).Truncate(time.Second)))
	b.click(submit)
	b.wait("it waits for another", `location.pathname.startsWith('/bevislaase/')`)
	lock := eval[string](b, `location.pathname`)
	boss.open(lock + "/svar")
	boss.click(`input[name=svar][value=ja]`)
	boss.click(submit)
	boss.wait("it is answered", `location.pathname === `+quote(lock))
	b.open("/haendelser/" + i.ID + "/mindreaarige")
	b.click(`input[name=set][value=nej]`)
	b.click(submit)
	b.wait("it is said", `location.pathname === `+quote("/haendelser/"+i.ID))
	b.open(lock)
	b.click(`main a[href^="/ny-kopi/bevislaas/"]`)
	b.wait("it knows whom the copy is for", `document.getElementById('hvem')?.value === 'Vibeke Storm'`)
	b.accessible("what the copy is of")
	b.fits("what the copy is of")
	b.fill("#kendes", "Går langs muren")
	b.fill("#ord", "I de sekunder ses det, hvem der var der")
	b.click(submit)
	f.copied(b, boss, true)
	boss.open(lock)
	if n := f.entries("copy.approved"); n != 1 {
		t.Errorf("%d copies are approved in the log", n)
	}
}

// copyOnRequest is a request for access that is met: the copy is made, seen
// through and handed to whoever asked.
func copyOnRequest(t *testing.T, f *film) {
	req.Shows(t, "EVID-7", "EVID-8", "GOV-5")
	submit := `main form button[type=submit]`
	b, boss := newBrowser(t, f.url), newBrowser(t, f.url)
	b.logIn("jonas")
	boss.logIn("karen")
	boss.open("/anmodninger/ny")
	boss.fill("#navn", "Bo Kruse")
	boss.fill("#kontakt", "bo@example.dk")
	boss.fill("#dato", page.FormDate(f.begin))
	boss.fill("#fra", clockOf(f.begin.Add(40*time.Second).Truncate(time.Second)))
	boss.fill("#til", clockOf(f.begin.Add(50*time.Second).Truncate(time.Second)))
	boss.fill("#kendes", "Grøn hue, gik med en hund")
	boss.click(`input[name=hvordan][value=mail]`)
	boss.click(`input[name=sprog][value=da]`)
	boss.click(submit)
	boss.wait("it is written down", `/^\/anmodninger\/[0-9a-f]+$/.test(location.pathname)`)
	here := eval[string](boss, `location.pathname`)
	boss.open(here + "/identitet")
	boss.click(`input[name=hvordan][value=digital]`)
	boss.click(submit)
	boss.wait("it is settled", `location.pathname === `+quote(here))
	for range 2 { // both cameras of the school recorded then
		boss.open(here + "/vurdering")
		camera := eval[string](boss, `document.querySelector('input[name=kamera]:checked, select[name=kamera]')?.value ?? ''`)
		outcome := request.Given
		if camera == cameraHall {
			outcome = request.Nothing
		}
		boss.click(`input[name=udfald][value=` + string(outcome) + `]`)
		boss.click(submit)
		boss.wait("it is assessed", `location.pathname === `+quote(here))
	}
	b.open("/min-side") // who makes copies is told there
	b.click(`main a[href="` + strings.Replace(here, "/anmodninger/", "/ny-kopi/anmodning/", 1) + `"]`)
	b.wait("it knows whom the copy is for", `document.getElementById('hvem')?.value === 'Bo Kruse'`)
	b.do(setSelect("#kamera", cameraEntrance))
	b.fill("#ord", "I de sekunder går han forbi med hunden")
	b.click(submit)
	f.copied(b, boss, false)
	boss.open(here + "/svar")
	if letter := eval[string](boss, `document.getElementById('brev').value`); !strings.Contains(letter, "Kære Bo Kruse") {
		t.Errorf("the letter says %q", letter)
	}
	boss.click(submit)
	boss.wait("it is answered", `location.pathname === `+quote(here)+` && document.querySelector('main').innerText.includes('Besvaret')`)
}

// copied takes a copy that was just begun in b to the receipt: the editor, the
// contact sheet, the film, the second person's eyes, the package.
func (f *film) copied(b, boss *browser, thorough bool) {
	t, submit := b.t, `main form button[type=submit]`
	b.wait("the copy is begun", `/^\/kopier\/[0-9a-f]+$/.test(location.pathname)`)
	here := eval[string](b, `location.pathname`)
	b.wait("the people are found", `(() => { if (document.querySelector('main a[href$="/rediger"]')) return true; location.reload(); return false; })()`)
	b.click(`main a[href$="/rediger"]`)
	b.wait("the editor stands with a picture", `document.querySelector('#ed-flade svg')?.dataset.ready === '1' && document.getElementById('ed-flade').dataset.frame === '0'`)
	if over := eval[float64](b, `(() => { const a = document.getElementById('ed-billede').getBoundingClientRect(), b = document.querySelector('#ed-flade svg').getBoundingClientRect(); return Math.max(Math.abs(a.width - b.width), Math.abs(a.height - b.height), Math.abs(a.top - b.top)); })()`); over > 1 {
		t.Errorf("the boxes lie %.0f pixels beside the picture", over)
	}
	rows := func() int { return eval[int](b, `document.querySelectorAll('#ed-liste tbody tr').length`) }
	before := rows()

	// Drawn with the mouse, moved and sized in a later picture, undone and redone.
	b.click(`[data-act=draw]`)
	b.drag(0.30, 0.45, 0.42, 0.85)
	b.wait("somebody is drawn", fmt.Sprintf(`document.querySelectorAll('#ed-liste tbody tr').length === %d && document.querySelector('.ed-on') !== null`, before+1))
	b.do(setInput("#ed-tid", "20"))
	b.wait("a later picture", `document.getElementById('ed-flade').dataset.frame === '20'`)
	b.drag(0.36, 0.65, 0.46, 0.65)
	b.wait("moved", `Math.abs(Number(document.getElementById('ed-x').value) - 40) < 1`)
	b.do(setInput("#ed-tid", "10"))
	b.wait("between two points it goes evenly", `document.getElementById('ed-flade').dataset.frame === '10' && Math.abs(Number(document.getElementById('ed-x').value) - 35) < 1`)
	b.click(`[data-act=undo]`)
	b.wait("undone", `Math.abs(Number(document.getElementById('ed-x').value) - 30) < 1`)
	b.click(`[data-act=redo]`)
	b.wait("redone", `Math.abs(Number(document.getElementById('ed-x').value) - 35) < 1`)
	b.click(`#ed-dom-kept`)
	b.wait("it is the one to be seen", `document.querySelector('.ed-on').classList.contains('ed-kept')`)
	b.click(`[data-act=preview]`)
	b.wait("it is shown as it will be covered", `document.querySelector('[data-act=preview]').getAttribute('aria-pressed') === 'true'`)
	b.shot("kopi-editor-daekket")
	b.click(`[data-act=preview]`)
	b.wait("it is kept", `document.getElementById('ed-gemt').dataset.state === 'saved'`)
	if thorough {
		b.accessible("the editor")
		b.fits("the editor")
		b.shot("kopi-editor-1366")
		b.size(390, 844)
		b.fits("the editor on a phone")
		b.shot("kopi-editor-390")
		b.size(1366, 900)
	}
	b.click(`[data-act=sheet]`)
	b.wait("the contact sheet", `!document.getElementById('ed-bekraeft').hidden && document.querySelectorAll('#ed-ark canvas').length === 4`)
	b.shot("kopi-kontaktark")
	b.click(`#ed-bekraeft button`)
	b.wait("the film is made and checked", `(() => { if (location.pathname !== `+quote(here)+`) return false; if (document.querySelector('form[action$="/fremlaeg"]')) return true; location.reload(); return false; })()`)
	b.shot("kopi-lavet")
	b.click(`form[action$="/fremlaeg"] button`)
	b.wait("it waits for another", `document.querySelector('form[action$="/fremlaeg"]') === null && document.readyState === 'complete'`)

	// Another sees all of it before they can say yes.
	boss.open(here + "/svar")
	if thorough {
		boss.accessible("the copy that is to be seen")
		boss.fits("the copy that is to be seen")
	}
	boss.click(`input[name=svar][value=ja]`)
	boss.click(submit)
	boss.wait("a yes to what nobody saw is refused", `document.querySelector('.form-error-message, .alert-error, [role=alert]') !== null`)
	boss.do(evalNow(`(() => { const v = document.getElementById('cf-film'); v.playbackRate = 2; v.currentTime = 0; return v.play(); })()`))
	boss.wait("every second is seen", `document.querySelector('#cf-spor rect')?.getAttribute('width') === document.querySelector('#cf-spor svg').viewBox.baseVal.width.toString() || (() => { const v = document.getElementById('cf-film'), n = document.getElementById('cf-naeste'); if (v.ended && !n.hidden) n.click(); return n.hidden; })()`)
	boss.shot("kopi-set")
	boss.click(`input[name=svar][value=ja]`)
	boss.click(submit)
	boss.wait("it is approved", `location.pathname === `+quote(here))

	// It alone is handed over, under a passphrase that goes another way.
	b.open(here)
	b.click(`main a[href="` + here + `/udlevering"]`)
	b.wait("to whom", `document.getElementById('navn')?.value !== undefined`)
	b.click(submit)
	b.wait("it waits for another", `location.pathname.startsWith('/udleveringer/')`)
	out := eval[string](b, `location.pathname`)
	boss.open(out + "/svar")
	boss.click(`input[name=svar][value=ja]`)
	boss.click(submit)
	boss.wait("it is answered", `location.pathname === `+quote(out))
	b.open(out)
	b.wait("the package is ready, by itself", `document.querySelector('main').innerText.includes('Se kodeordet først')`)
	b.open(out + "/kodeord")
	b.click(submit)
	b.wait("the passphrase", `document.getElementById('kodeord') !== null`)
	b.open(out + "/kvittering")
	b.fill("#vej-til", "20 30 40 50")
	b.fill("#kl", f.clk.Now().In(denmark()).Format("15.04.05"))
	b.click(submit)
	b.wait("it is received", `location.pathname === `+quote(out)+` && document.querySelector('main').innerText.includes('fik pakken')`)
	b.shot("kopi-udleveret")
	b.open(here)
	b.wait("the copy's page names where it went", `document.querySelector('main a[href="`+out+`"]') !== null`)
	b.quiet("the copy")
	boss.quiet("the copy that is seen")
	if t.Failed() {
		b.shot("kopi-fejl")
	}
}

// drag draws the mouse over the editor's picture, from one place to another in
// shares of it.
func (b *browser) drag(x0, y0, x1, y1 float64) {
	b.t.Helper()
	b.do(evalNow(`document.getElementById('ed-flade').scrollIntoView({block: 'center', behavior: 'instant'})`))
	r := eval[[4]float64](b, `(r => [r.left, r.top, r.width, r.height])(document.querySelector('#ed-flade svg').getBoundingClientRect())`)
	at := func(kind input.MouseType, x, y float64) chromedp.Action {
		return input.DispatchMouseEvent(kind, r[0]+x*r[2], r[1]+y*r[3]).WithButton(input.Left).WithButtons(1).WithClickCount(1)
	}
	b.do(at(input.MousePressed, x0, y0), at(input.MouseMoved, (x0+x1)/2, (y0+y1)/2), at(input.MouseMoved, x1, y1), at(input.MouseReleased, x1, y1))
}
