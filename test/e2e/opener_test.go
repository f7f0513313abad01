package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"vidne.dk/vidne/internal/evidence/evidencetest"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/web"
)

// A police officer has a USB key, a passphrase and a browser, and no network.
func TestThePackageOpensInABrowser(t *testing.T) {
	req.Shows(t, "EVID-5", "EVID-6")
	k := evidencetest.New(t)
	page, err := web.Opener()
	if err != nil {
		t.Fatalf("run go run ./tools/assets first: %v", err)
	}
	k.Maker.Opener = page
	k.Order.Originals[0].Viewing = true
	m := k.Make(t)
	zip := filepath.Join(m.Dir, "BEVIS-"+m.ID+".zip")
	b := newBrowser(t, "file://"+m.Dir)
	down := t.TempDir()
	b.downloads(down)
	b.open("/AABN-BEVIS.html")
	b.accessible("the opener, closed")
	b.click("form button")
	b.wait("a file is asked for", `document.getElementById("error").textContent.includes("Vælg zip-filen")`)
	b.do(chromedp.SetUploadFiles("#file", []string{zip}, chromedp.ByQuery))

	pass := m.Passphrase.Reveal()
	wrong := []byte(pass)
	wrong[3] = 'A' + (wrong[3]-'A'+1)%26
	for _, typed := range []string{"kodeord", string(wrong), pass[1:]} {
		b.fill("#pass", typed)
		b.click("form button")
		b.wait("the slip is told: "+typed, `document.getElementById("error").textContent.includes("passer ikke") && document.activeElement.id === "pass"`)
		b.do(evalNow(`document.getElementById("error").textContent = ""`))
	}

	b.fill("#pass", strings.ToLower(strings.ReplaceAll(pass, "-", " ")))
	b.press("\r")
	b.wait("all files are checked", `document.getElementById("verdict").textContent.startsWith("Alle ")`)
	if n, all := eval[int](b, `document.querySelectorAll("td.good").length`), eval[int](b, `document.querySelectorAll("#rows tr").length`); n != all || n < 14 {
		t.Errorf("%d of %d are good", n, all)
	}
	b.accessible("the opener, open")
	b.fits("the opener")
	b.click(`button[aria-label^="Afspil 1-SE-HER"]`)
	b.wait("the film plays", `(v => v.readyState >= 2 && v.videoWidth > 0)(document.getElementById("video"))`)
	b.do(evalNow(`document.getElementById("video").play(); 0`))
	b.wait("time goes", `document.getElementById("video").currentTime > 0.2`)
	b.shot("opener")
	b.click(`button[aria-label="Gem 4-KONTROL/manifest.json"]`)
	b.wait("it is saved", `document.getElementById("status").textContent.includes("er gemt")`)
	b.lands(filepath.Join(down, "manifest.json"), m.Manifest)
	b.click("#lang")
	b.wait("English", `document.documentElement.lang === "en" && document.getElementById("verdict").textContent.startsWith("All ")`)
	b.accessible("the opener in English")
	b.size(390, 800)
	b.fits("the opener on a phone")
	b.size(1366, 900)
	b.quiet("the opener")

	// What the seal does not hold together is red, and says which file.
	raw, err := os.ReadFile(zip)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(raw, []byte("3-PAPIRER/foelgebrev.pdf")) + 400
	raw[at] ^= 1
	bad := filepath.Join(t.TempDir(), "bad.zip")
	if err := os.WriteFile(bad, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles("#file", []string{bad}, chromedp.ByQuery))
	b.click("form button")
	b.wait("one is red", `document.getElementById("status").textContent === "The package is open." && document.getElementById("verdict").className === "bad"`)
	if got := eval[string](b, `[...document.querySelectorAll("td.bad")].map(c => c.dataset.check + c.textContent).join()`); got != "3-PAPIRER/foelgebrev.pdfCHANGED" {
		t.Errorf("red: %s", got)
	}
	for name, forged := range map[string]struct {
		zip  []byte
		says string
	}{
		"two of one name":   {bytes.ReplaceAll(raw, []byte("2-ORIGINAL/02/original.mp4"), []byte("2-ORIGINAL/01/original.mp4")), "two files with the same name"},
		"out of the folder": {bytes.ReplaceAll(raw, []byte("3-PAPIRER/haendelser.csv"), []byte("../../../../etc/passwd00")), "dangerous file name"},
		"something behind":  {append(bytes.Clone(raw), "hej"...), "not a whole evidence package"},
	} {
		file := filepath.Join(t.TempDir(), "forged.zip")
		if err := os.WriteFile(file, forged.zip, 0o600); err != nil {
			t.Fatal(err)
		}
		b.do(evalNow(`document.getElementById("error").textContent = ""`), chromedp.SetUploadFiles("#file", []string{file}, chromedp.ByQuery))
		b.click("form button")
		b.wait(name+" is refused", `document.getElementById("error").textContent.includes("`+forged.says+`") && document.getElementById("content").hidden`)
	}
	b.quiet("the opener with bad files")
	if bytes.Contains(page, []byte("https://")) || bytes.Contains(page, []byte("http://")) {
		t.Error("the page names an address")
	}
}

// downloads lets the browser save files in a folder.
func (b *browser) downloads(dir string) {
	b.t.Helper()
	b.do(cdpbrowser.SetDownloadBehavior(cdpbrowser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(dir))
}

// lands waits for a saved file and compares it.
func (b *browser) lands(name string, want []byte) {
	b.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		if got, err := os.ReadFile(name); err == nil && bytes.Equal(got, want) {
			return
		}
		<-tick.C
	}
	b.t.Errorf("%s was not saved, or is another", name)
}
