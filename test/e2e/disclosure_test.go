package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"vidne.dk/vidne/internal/req"
)

// From the break-in to the police's receipt: looked at, locked, the central
// leadership consulted, a package made of what the engine recorded, its
// passphrase seen once, opened on the police's machine, and signed for; then the
// incident closes.
func fromBreakInToReceipt(t *testing.T, f *film) {
	req.Shows(t, "EVID-2", "EVID-4", "EVID-5", "EVID-6", "EVID-7", "EVID-11")
	submit := `main form button[type=submit]`
	logged := map[string]int{"disclosure.shown": 1, "disclosure.fetched": 3, "disclosure.handed": 1, "incident.handed": 1}
	before := map[string]int{} // the stories told earlier hand out copies
	for kind := range logged {
		before[kind] = f.entries(kind)
	}
	first, last := f.begin.Truncate(time.Second), f.begin.Add(20*time.Second).Truncate(time.Second)
	b := newBrowser(t, f.url)
	b.logIn("jonas")
	i := b.openRoom(f, cameraEntrance, first, last)
	at := "/haendelser/" + i.ID
	boss := newBrowser(t, f.url)
	boss.logIn("karen")

	b.open(at + "/bevislaas")
	b.fill("#ord", "Ruden blev knust i de minutter")
	b.fill("#fra", clockOf(first))
	b.fill("#til", clockOf(last))
	b.click(submit)
	b.wait("the lock waits for another", `location.pathname.startsWith('/bevislaase/')`)
	boss.open(eval[string](b, `location.pathname`) + "/svar")
	boss.click(`input[name=svar][value=ja]`)
	boss.click(submit)
	boss.wait("it is locked", `!location.pathname.endsWith('/svar')`)

	// Nothing goes out before it is said whether minors are seen, and before the
	// leadership was consulted.
	b.open(at + "/udlevering")
	b.accessible("who is to have it")
	b.fits("who is to have it")
	if text := b.text("main"); !strings.Contains(text, "mindreårige") {
		t.Errorf("it says %q", text)
	}
	b.open(at + "/mindreaarige")
	b.click(`input[name=set][value=nej]`)
	b.click(submit)
	b.wait("it is said", `location.pathname === `+quote(at))
	b.open(at + "/samraad")
	b.fill("#hvem", "Skolelederen")
	b.fill("#ord", "Enige om, at politiet skal have det")
	b.click(submit)
	b.wait("they are consulted", `location.pathname === `+quote(at))

	b.click(`main a[href="` + at + `/udlevering/police"]`)
	b.wait("what is locked is suggested", `document.getElementById('fra')?.value === `+quote(clockOf(first))+` && document.querySelector('input[name=kamera]:checked')?.value === `+quote(cameraEntrance))
	b.accessible("to the police")
	b.fits("to the police")
	b.click(submit)
	b.wait("it wants to know to whom", `document.querySelector('.form-error-message, .alert-error, [role=alert]') !== null`)
	b.fill("#navn", "pa. Mette Ørsted")
	b.fill("#ord", "I de sekunder ses ruden blive knust")
	b.click(submit)
	b.wait("it waits for another", `location.pathname.startsWith('/udleveringer/')`)
	here := eval[string](b, `location.pathname`)
	boss.open(here + "/svar")
	boss.accessible("the answer")
	boss.fits("the answer")
	boss.click(`input[name=svar][value=ja]`)
	boss.click(submit)
	boss.wait("it is answered", `location.pathname === `+quote(here))
	if text := boss.text("main"); strings.Contains(text, "Vis kodeordet") {
		t.Error("whoever says yes sees the passphrase")
	}
	b.open(here)
	b.wait("the package is ready, by itself", `document.querySelector('main').innerText.includes('Se kodeordet først')`)
	b.open(here)
	b.accessible("the package is ready")
	b.fits("the package is ready")
	b.click(`main a[href="` + here + `/kodeord"]`)
	b.wait("it warns", `document.querySelector('main').innerText.includes('vises én gang')`)
	b.accessible("before the passphrase")
	b.click(submit)
	b.wait("the passphrase", `document.getElementById('kodeord') !== null`)
	b.accessible("the passphrase")
	b.fits("the passphrase")
	phrase := eval[string](b, `document.getElementById('kodeord').textContent.trim()`)
	b.click(`main a.button`)
	b.wait("the files", `document.querySelector('main a[href$=".zip"]') !== null`)

	// On a USB key, and in the hands of an officer with a browser and no network.
	key := t.TempDir()
	b.downloads(key)
	var envelope string
	for _, end := range []string{".zip", ".html", ".pdf"} {
		b.click(`main a[href$="` + end + `"]`)
		if name := b.arrived(key, end); end == ".zip" {
			envelope = name
		}
	}
	police := newBrowser(t, "file://"+key)
	police.open("/AABN-BEVIS.html")
	police.do(chromedp.SetUploadFiles("#file", []string{envelope}, chromedp.ByQuery))
	police.fill("#pass", phrase)
	police.click("form button")
	police.wait("all files are checked", `document.getElementById("verdict").textContent.startsWith("Alle ")`)
	police.click(`button[aria-label^="Afspil 1-SE-HER"]`)
	police.wait("the film plays", `(v => v.readyState >= 2 && v.videoWidth > 0)(document.getElementById("video"))`)
	police.shot("politiet-aabner")

	b.open(here)
	b.shot("udlevering-1366")
	b.open(here + "/kvittering")
	b.accessible("the receipt")
	b.fits("the receipt")
	b.fill("#serie", "Kingston 4711")
	b.fill("#nummer", "20417")
	b.fill("#kl", f.clk.Now().In(denmark()).Format("15.04.05"))
	b.click(submit)
	b.wait("it is received", `location.pathname === `+quote(here)+` && document.querySelector('main').innerText.includes('fik pakken')`)
	boss.open(at)
	if text := boss.text("main"); !strings.Contains(text, "modtaget af pa. Mette Ørsted") {
		t.Errorf("the last step is not done: %q", text)
	}
	boss.accessible("the incident, handed over")
	boss.open("/udleveringer")
	boss.accessible("all disclosures")
	boss.fits("all disclosures")
	boss.open(at + "/luk")
	boss.fill("#grund", "Politiet har optagelserne og har kvitteret.")
	boss.click(submit)
	boss.wait("it closes", `location.pathname === `+quote(at)+` && document.querySelector('main').innerText.includes('har kvitteret')`)
	for kind, want := range logged {
		if n := f.entries(kind) - before[kind]; n != want {
			t.Errorf("%d %s are logged, not %d", n, kind, want)
		}
	}
}

// arrived waits until a file that ends so is there whole, and gives its name.
func (b *browser) arrived(dir, end string) string {
	b.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 400 {
		list, err := filepath.Glob(filepath.Join(dir, "*"+end))
		if err != nil {
			b.t.Fatal(err)
		}
		for _, name := range list {
			if half, err := filepath.Glob(filepath.Join(dir, "*.crdownload")); err == nil && len(half) == 0 {
				if info, err := os.Stat(name); err == nil && info.Size() > 0 {
					return name
				}
			}
		}
		<-tick.C
	}
	b.t.Fatalf("no %s is saved", end)
	return ""
}
