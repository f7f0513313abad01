package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/req"
)

// drawn is a site with a case that applies for two cameras of the school, and
// a drawing of it.
type drawn struct {
	*site
	of     drawing.Of
	list   string // addresses
	editor string
}

func newDrawn(t *testing.T) *drawn {
	t.Helper()
	s := newSite(t)
	s.addCamera("skole-1", school, "Hovedindgang", nil, false)
	s.addCamera("skole-2", school, "Cykelskuret", nil, false)
	c := must[casework.Case](t)(s.rooms.Cases.Begin(t.Context(), dossier.New{Controller: controller, Title: "Lindeby Skole", Locations: []string{school},
		Application: casework.Application{Cameras: []casework.Wanted{{Camera: "skole-1", Name: "Hovedindgang", Location: school, Place: "own-entrance"}, {Camera: "skole-2", Name: "Cykelskuret", Location: school, Place: "cycle-parking"}}},
	}, dossier.Who{Person: s.persons["karen"].ID, Name: "Karen Holm"}))
	list := "/sager/" + c.ID + "/tegninger"
	return &drawn{s, drawing.Of{Controller: controller, Case: c.ID, ID: "tegning-1"}, list, list + "/tegning-1"}
}

// newest is the drawing as it is kept.
func (s *drawn) newest() drawing.Kept {
	s.t.Helper()
	return must[drawing.Kept](s.t)(s.rooms.Drawings.Load(s.t.Context(), s.of, 0))
}

// spot is where a point of the drawing, in parts of its width and height,
// stands on the screen.
func (b *browser) spot(x, y float64) (sx, sy float64) {
	b.t.Helper()
	at := eval[[]float64](b, fmt.Sprintf(`(() => {
  const s = document.getElementById('plan-flade'); s.scrollIntoView({block: 'center', behavior: 'instant'});
  const v = s.querySelector('.plan-paper'), p = new DOMPoint(%g * v.width.baseVal.value, %g * v.height.baseVal.value).matrixTransform(s.getScreenCTM());
  return [p.x, p.y]; })()`, x, y))
	return at[0], at[1]
}

func (b *browser) mouse(kind input.MouseType, x, y float64) {
	b.t.Helper()
	held := int64(1)
	if kind == input.MouseReleased {
		held = 0
	}
	b.do(input.DispatchMouseEvent(kind, x, y).WithButton(input.Left).WithButtons(held).WithClickCount(1))
}

// tap clicks a point of the drawing with the mouse.
func (b *browser) tap(x, y float64) {
	b.t.Helper()
	sx, sy := b.spot(x, y)
	b.do(input.DispatchMouseEvent(input.MouseMoved, sx, sy))
	b.mouse(input.MousePressed, sx, sy)
	b.mouse(input.MouseReleased, sx, sy)
}

// haul drags what lies at an element's middle to a point of the drawing.
func (b *browser) haul(selector string, x, y float64) {
	b.t.Helper()
	tx, ty := b.spot(x, y)
	at := eval[[]float64](b, fmt.Sprintf(`(() => { const r = document.querySelector(%s).getBoundingClientRect(); return [r.left + r.width/2, r.top + r.height/2]; })()`, quote(selector)))
	b.do(input.DispatchMouseEvent(input.MouseMoved, at[0], at[1]))
	b.mouse(input.MousePressed, at[0], at[1])
	for i := 1; i <= 6; i++ {
		f := float64(i) / 6
		b.mouse(input.MouseMoved, at[0]+(tx-at[0])*f, at[1]+(ty-at[1])*f)
	}
	b.mouse(input.MouseReleased, tx, ty)
}

func (b *browser) focus(selector string) {
	b.t.Helper()
	b.wait(selector+" takes the focus", fmt.Sprintf(`(() => { const e = document.querySelector(%s); e?.focus(); return e !== null && document.activeElement === e; })()`, quote(selector)))
}

// value is the number in a camera's field.
func (b *browser) value(name string) float64 {
	b.t.Helper()
	v := eval[string](b, fmt.Sprintf(`document.querySelector('#plan-felter [name=%s]').value.replace(',', '.')`, quote(name)))
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		b.t.Fatalf("%s holds %q", name, v)
	}
	return f
}

func (b *browser) saved() {
	b.t.Helper()
	b.wait("the drawing is saved", `document.getElementById('plan-gemt').dataset.state === 'saved'`)
}

func close2(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if math.Abs(got-want) > by {
		t.Errorf("%s is %g, want %g", what, got, want)
	}
}

// A drawing from beginning to paper: a page of a PDF behind it, its scale, two
// cameras by mouse and by keys, an area, a mask, undo, somebody else, print.
func TestADrawingIsDrawn(t *testing.T) {
	t.Parallel()
	req.Shows(t, "SITE-3", "CASE-10")
	s := newDrawn(t)
	b := newBrowser(t, s.url)
	b.logIn("karen")
	b.open(s.list)
	b.fill("#titel", "Stueplan")
	b.click("main form button[type=submit]")
	b.wait("the editor stands", `document.getElementById('plan-flade')?.dataset.ready === '1'`)
	b.quiet("the empty editor")

	// A page of a PDF is drawn in the browser, under the page's own policy.
	file := filepath.Join(t.TempDir(), "plan.pdf")
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		pdf, _, err := page.PrintToPDF().WithLandscape(true).Do(ctx)
		if err != nil {
			return err
		}
		return os.WriteFile(file, pdf, 0o600)
	}), chromedp.SetUploadFiles("#billede", []string{file}, chromedp.ByQuery))
	b.wait("the PDF's pages can be chosen", `!document.getElementById('plan-pdf').hidden && document.getElementById('pdf-vis').width > 300`)
	dark := eval[int](b, `(() => { const c = document.getElementById('pdf-vis'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i] < 128 && d[i+3] > 0) n++; return n; })()`)
	if dark < 200 {
		t.Errorf("the page's picture has %d dark points: it was not drawn", dark)
	}
	b.quiet("the page of a PDF")
	b.click("#pdf-brug")
	b.wait("the picture lies behind the drawing", `(document.querySelector('#plan-flade .plan-picture').getAttribute('href') ?? '').includes('/billede/')`)
	b.saved()
	if d := s.newest().Drawing; d.Picture == "" || d.Width < 2000 || d.MetresPerPixel != 0 {
		t.Errorf("the picture is kept as %q, %d px wide, scale %g", d.Picture, d.Width, d.MetresPerPixel)
	}

	// Its scale: half of its width is 20 m.
	b.click("#plan-tools [data-tool=scale]")
	b.tap(0.25, 0.5)
	b.tap(0.75, 0.5)
	b.wait("the length is asked for", `!document.getElementById('plan-laengde').hidden`)
	b.do(setInput("#laengde", "20"))
	b.click("#plan-laengde button[type=submit]")
	close2(t, "the drawing's width", b.value("bredde"), 40, 0.3)

	b.placeAndAim(t)
	b.byKeys(t)
	b.areaAndMask(t)
	b.saved()

	kept := s.newest().Drawing
	if len(kept.Cameras) != 2 || len(kept.Areas) != 1 || len(kept.Cameras[0].Masks) != 1 {
		t.Fatalf("kept: %+v", kept)
	}
	if list := kept.Check(); len(list) == 0 {
		t.Error("nothing is told of a view that reaches beyond")
	}
	b.accessible("the editor")
	b.shot("editor")
	before := eval[string](b, readFields)
	b.open(s.editor)
	b.wait("the editor stands again", `document.getElementById('plan-flade')?.dataset.ready === '1'`)
	if after := eval[string](b, readFields); after != before {
		t.Errorf("before:\n%s\nafter loading again:\n%s", before, after)
	}
	b.quiet("the editor, loaded again")
	b.conflict(t, s)
	b.paper(t, s)

	b.size(390, 844)
	b.open(s.editor)
	b.wait("a phone shows the drawing", `document.getElementById('plan-flade') === null && document.querySelector('#plan-stille svg').getBoundingClientRect().height > 100`)
	b.fits("the drawing on a phone")
	b.shot("editor-phone")
	b.quiet("the drawing on a phone")
}

// readFields is every field of the form.
const readFields = `JSON.stringify([...document.querySelectorAll('#plan-felter input, #plan-felter select, #plan-felter textarea')].filter(e => e.name !== 'udgave').map(e => [e.name, e.type === 'checkbox' ? e.checked : e.value]).sort())`

// placeAndAim puts the first camera on by mouse, drags it, turns it.
func (b *browser) placeAndAim(t *testing.T) {
	t.Helper()
	b.click("#kort-k-skole-1 summary")
	b.click("#kort-k-skole-1 [data-put]")
	b.tap(0.5, 0.5)
	close2(t, "x of the placed camera", b.value("k-skole-1-x"), 20, 0.3)
	b.haul(`[data-key="camera:skole-1"] .plan-dot`, 0.25, 0.25)
	close2(t, "x of the dragged camera", b.value("k-skole-1-x"), 10, 0.3)
	b.haul(`[data-key="turn"] .plan-grip`, 0.5, 0.25)
	close2(t, "its direction", b.value("k-skole-1-retning"), 90, 1.5)
	close2(t, "its range", b.value("k-skole-1-raekkevidde"), 10, 0.4)
	// One step of undo is one movement of the hand.
	b.click("[data-act=undo]")
	close2(t, "its direction, undone", b.value("k-skole-1-retning"), 0, 0.01)
	b.click("[data-act=redo]")
	close2(t, "its direction, done again", b.value("k-skole-1-retning"), 90, 1.5)
	b.do(setSelect("#k-skole-1-vinkel", "60,5"))
	b.wait("a typed number is drawn", `document.querySelector('#plan-tal, #kort-k-skole-1 [name=k-skole-1-vinkel]') !== null && document.querySelector('[data-key="camera:skole-1"]').getAttribute('aria-label').includes('60,5°')`)
	b.do(setSelect("#k-skole-1-vinkel", "mange"))
	if eval[string](b, `document.querySelector('#k-skole-1-vinkel').getAttribute('aria-invalid')`) != "true" {
		t.Error("a number that is none is taken")
	}
	b.do(setSelect("#k-skole-1-vinkel", "60,5"))
}

// byKeys puts the second camera on, moves and turns it without a mouse.
func (b *browser) byKeys(t *testing.T) {
	t.Helper()
	b.click("#kort-k-skole-2 summary")
	b.focus("#kort-k-skole-2 [data-put]")
	b.press(kb.Enter)
	b.wait("the cross stands on the drawing", `document.activeElement?.id === 'plan-flade' && document.querySelector('.plan-cross') !== null`)
	for range 4 {
		b.press(kb.ArrowRight)
	}
	b.press(kb.Enter)
	b.wait("the camera has the focus", `document.activeElement?.getAttribute('data-key') === 'camera:skole-2'`)
	x, y := b.value("k-skole-2-x"), b.value("k-skole-2-y")
	b.press(kb.ArrowRight)
	b.press(kb.ArrowRight)
	b.press(kb.ArrowUp)
	close2(t, "x after two keys", b.value("k-skole-2-x"), x+1, 0.011)
	close2(t, "y after one key", b.value("k-skole-2-y"), y-0.5, 0.011)
	for range 3 {
		b.press("e")
	}
	b.press("q")
	close2(t, "direction after keys", b.value("k-skole-2-retning"), 10, 0.01)
	far := b.value("k-skole-2-raekkevidde")
	b.press("w")
	close2(t, "range after a key", b.value("k-skole-2-raekkevidde"), far+0.5, 0.011)
	if told := b.text("#v-live"); told == "" {
		t.Error("nothing is told to who cannot see it")
	}
	b.press(kb.Delete)
	b.wait("the camera is taken off", `document.querySelector('[data-key="camera:skole-2"]') === null`)
	b.do(chromedp.KeyEvent("z", chromedp.KeyModifiers(input.ModifierCtrl)))
	b.wait("it is back", `document.querySelector('[data-key="camera:skole-2"]') !== null`)
	close2(t, "direction after all", b.value("k-skole-2-retning"), 10, 0.01)
}

// areaAndMask draws an area by mouse, mends it by keys, and draws a mask.
func (b *browser) areaAndMask(t *testing.T) {
	t.Helper()
	b.click("#plan-tools [data-tool=area]")
	for _, p := range [][2]float64{{0.2, 0.15}, {0.4, 0.15}, {0.4, 0.6}, {0.2, 0.6}, {0.2, 0.15}} {
		b.tap(p[0], p[1])
	}
	b.wait("the area is there, and asks for its name", `document.activeElement?.name === 'o-omraade-1-navn'`)
	b.do(setSelect("#o-omraade-1-navn", "Skolegården"), setSelect("#o-omraade-1-art", "schoolyard"))
	corners := `document.querySelector('#o-omraade-1-hjoerner').value`
	was := eval[string](b, corners)
	b.focus(`[data-key="corner:2"]`)
	b.press(kb.ArrowDown)
	b.wait("a corner was moved by a key", corners+` !== `+quote(was))
	b.press(kb.Enter)
	b.wait("a corner was added by a key", corners+`.split(' ').length === 5`)
	b.press(kb.Delete)
	b.wait("a corner was removed by a key", corners+`.split(' ').length === 4`)

	b.click(`#kort-k-skole-1 summary`)
	if !eval[bool](b, `document.getElementById('kort-k-skole-1').open`) {
		b.click(`#kort-k-skole-1 summary`)
	}
	b.click("#kort-k-skole-1 [data-mask]")
	b.wait("the mask's surface has the focus", `document.activeElement?.id === 'maske-flade'`)
	for _, keys := range [][]string{{}, {kb.ArrowRight, kb.ArrowRight, kb.ArrowRight}, {kb.ArrowDown, kb.ArrowDown, kb.ArrowDown}} {
		for _, k := range keys {
			b.press(k)
		}
		b.press(kb.Enter)
	}
	b.accessible("the masks")
	b.shot("masks")
	b.click("#maske-faerdig")
	b.wait("a mask is drawn", `document.querySelectorAll('#maske-flade .plan-mask').length === 1`)
	b.press(kb.Escape)
	b.click("#plan-maske [data-close]")
	b.wait("the mask stands in numbers", `document.querySelector('#k-skole-1-masker').value.split(' ').length === 3`)
}

// conflict lets somebody else save in between.
func (b *browser) conflict(t *testing.T, s *drawn) {
	t.Helper()
	k := s.newest()
	theirs := k.Drawing
	theirs.Cadastre = "12b"
	must[drawing.Kept](t)(s.rooms.Drawings.Save(t.Context(), k.Of, k.Version, theirs, drawing.Who{Person: "p-x", Name: "Anna Berg"}))
	b.do(setSelect("#titel", "Stueplan, min"))
	b.wait("the other save is told", `document.querySelector('#plan-besked .alert')?.innerText.includes('Anna Berg')`)
	b.accessible("a conflict")
	b.shot("conflict")
	if s.newest().Drawing.Title != "Stueplan" {
		t.Error("what somebody else saved was written over")
	}
	b.click("#plan-besked button:last-of-type")
	b.wait("the other's drawing is here", `document.querySelector('#matrikel').value === '12b' && document.querySelector('#titel').value === 'Stueplan'`)
	b.click("[data-act=undo]")
	b.wait("mine is not lost", `document.querySelector('#titel').value === 'Stueplan, min'`)
	b.saved()
	if now := s.newest(); now.Drawing.Title != "Stueplan, min" || now.Version != k.Version+2 {
		t.Errorf("kept as version %d: %q", now.Version, now.Drawing.Title)
	}
	if old := must[drawing.Kept](t)(s.rooms.Drawings.Load(t.Context(), k.Of, k.Version+1)); old.Drawing.Cadastre != "12b" {
		t.Error("the other's version is gone")
	}
	b.quiet("a conflict")
}

// paper prints the annex: A4, lying.
func (b *browser) paper(t *testing.T, s *drawn) {
	t.Helper()
	b.click("#plan-udskriv")
	b.wait("the annex stands", `document.querySelector('.plan-sheet svg') !== null`)
	sheet := b.text(".plan-sheet") + eval[string](b, `document.querySelector('.plan-sheet svg').textContent`)
	for _, want := range []string{s.of.Case, "Stueplan, min", "Skolegården", "Hovedindgang", "Cykelskuret"} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the annex lacks %q", want)
		}
	}
	b.wait("its picture is there", `(() => { const i = new Image(); i.src = document.querySelector('.plan-sheet image').getAttribute('href'); return i.complete && i.naturalWidth > 1000; })()`)
	var pdf []byte
	b.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
		return err
	}))
	box := regexp.MustCompile(`/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]`).FindSubmatch(pdf)
	if box == nil {
		t.Fatal("no page")
	}
	var w, h float64
	if err := json.Unmarshal([]byte("["+string(box[1])+","+string(box[2])+"]"), &[]*float64{&w, &h}); err != nil {
		t.Fatal(err)
	}
	close2(t, "the paper's width", w, 842, 2)
	close2(t, "the paper's height", h, 595, 2)
	b.accessible("the annex")
	b.shot("annex")
	if dir := os.Getenv("VIDNE_SCREENS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "annex.pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.quiet("the annex")
}
