package e2e

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// several is a film of several cameras of the school, of which the third was
// away for a while.
type several struct {
	*film
	ids  []string
	cams []*testcam.Camera
}

// record makes n cameras of a scene record for some seconds, as fast as the
// machine can bear, until it is old enough to be looked at.
func (s *site) several(n int, scene string, seconds, factor float64) *several {
	t := s.t
	t.Helper()
	f := &several{film: &film{site: s}}
	names := []string{"Hovedindgang", "Idrætshallens gang", "Cykelskuret", "Skolegården", "Trappen ved hallen", "Varegården", "Bagindgangen", "Parkeringen", "Gangen ved håndarbejde"}
	for i := range n {
		id := fmt.Sprintf("skole-%d", i+1)
		cam := s.camera(scene)
		s.addCamera(id, school, names[i], cam, true)
		f.ids, f.cams = append(f.ids, id), append(f.cams, cam)
	}
	all := func(least float64) func() bool {
		return func() bool {
			return !slices.ContainsFunc(f.ids, func(id string) bool { return s.recorded(id) < least })
		}
	}
	halt := s.run(factor)
	s.until("all cameras record", all(seconds/2))
	away := f.cams[min(2, n-1)]
	f.gap[0] = s.clk.Now()
	if n > 1 {
		away.Down()
		s.until("one is missed", func() bool { return s.clk.Now().Sub(f.gap[0]) > 12*time.Second })
		if err := away.Up(); err != nil {
			t.Fatal(err)
		}
	}
	f.gap[1] = s.clk.Now()
	s.until("all cameras have recorded", all(seconds))
	f.end = s.clk.Now().Add(-3 * time.Second)
	for _, c := range f.cams {
		c.Down()
	}
	halt()
	halt = s.run(60)
	then := s.clk.Now()
	s.until("it is old enough to be looked at", func() bool { return s.clk.Now().Sub(then) > 7*time.Minute })
	halt()
	for _, id := range f.ids { // the latest beginning: from there on all are there
		c := must[engineapi.Coverage](t)(s.engine.Coverage(t.Context(), id, start.Add(-time.Minute), s.clk.Now()))
		i := slices.IndexFunc(c.Stretches, func(x engineapi.Stretch) bool { return x.Kind == "recorded" })
		if i < 0 {
			t.Fatalf("%s has nothing", id)
		}
		if from := c.Stretches[i].From; from.After(f.begin) {
			f.begin = from
		}
	}
	f.begin = f.begin.Add(2 * time.Second)
	s.run(1)
	return f
}

// openAll opens what the film holds of all its cameras.
func (b *browser) openAll(f *several) {
	b.t.Helper()
	i := f.broken(f.ids...)
	b.open("/haendelser/" + i.ID + "/se")
	b.fill("#dato", f.begin.In(denmark()).Format(time.DateOnly))
	b.fill("#fra", clockOf(f.begin))
	b.fill("#til", clockOf(f.end))
	b.click("main form button[type=submit]")
	b.inRoom()
}

// tileNumber is which picture stands in the nth tile.
func (b *browser) tileNumber(i int) int {
	b.t.Helper()
	return eval[int](b, strings.Replace(readNumber, "document.getElementById('video')", fmt.Sprintf("document.querySelectorAll('.v-tile video')[%d]", i), 1))
}

// tileShown is when the picture in the nth tile was taken, as it says.
func (b *browser) tileShown(i int) time.Time {
	b.t.Helper()
	return time.UnixMilli(int64(eval[float64](b, fmt.Sprintf(`Number(document.querySelectorAll('.v-tile')[%d].dataset.t)`, i)))).UTC()
}

// together checks that every tile shows the picture of the time that it says,
// and that it is the last one before the moment that is shown.
func (f *several) together(b *browser, where string, tiles ...int) {
	b.t.Helper()
	at := b.shownAt()
	for _, i := range tiles {
		n, says := b.tileNumber(i), b.tileShown(i)
		if n < 0 {
			b.shot("no-number")
			b.t.Fatalf("%s: picture %d carries no number", where, i)
		}
		sent, err := sentAt(f.cams[i], n, says)
		if err != nil {
			b.t.Fatal(err)
		}
		if off := says.Sub(sent); off.Abs() > 400*time.Millisecond {
			b.t.Errorf("%s: tile %d says %s, its picture was sent %s apart", where, i, says.Format("15:04:05.000"), off)
		}
		if off := says.Sub(at); off.Abs() > 80*time.Millisecond {
			b.t.Errorf("%s: tile %d stands %s from the moment that is shown", where, i, off)
		}
	}
}

// watchApart samples how far apart the clocks are, and the pictures that stand
// on the screen: those at every painting of it, each for as long as it stood.
const watchApart = `(() => {
  window.apart = {clocks: [], pictures: [], over: 0, longest: 0, begun: 0};
  let last = performance.now(), before = 0;
  const look = (now) => {
    window.apartFrame = requestAnimationFrame(look);
    const room = document.getElementById('rum'), stood = now - last;
    last = now;
    if (room.dataset.state !== 'playing' || room.dataset.apart === '') { before = 0; return; }
    const t = [...document.querySelectorAll('.v-tile')].filter(x => !x.hidden && x.querySelector('.v-none').hidden).map(x => Number(x.dataset.t));
    if (before >= 100) {
      apart.over += stood;
      apart.longest = Math.max(apart.longest, now - apart.begun);
    }
    const off = Math.max(...t) - Math.min(...t);
    if (off >= 100 && before < 100) apart.begun = now;
    before = off;
    apart.clocks.push(Number(room.dataset.apart));
    for (let ms = 0; ms < stood; ms += 10) apart.pictures.push(off);
  };
  window.apartFrame = requestAnimationFrame(look);
})()`

// apart is how far apart they were: samples in milliseconds, and for how many
// milliseconds in all and at a stretch the pictures were 100 or more apart.
type apart struct {
	Clocks, Pictures []float64
	Over, Longest    float64
}

// stopWatching gives the samples, smallest first.
func (b *browser) stopWatching() apart {
	b.t.Helper()
	a := eval[apart](b, `(() => { cancelAnimationFrame(apartFrame); return {Clocks: apart.clocks, Pictures: apart.pictures, Over: apart.over, Longest: apart.longest}; })()`)
	slices.Sort(a.Clocks)
	slices.Sort(a.Pictures)
	if len(a.Clocks) == 0 {
		b.t.Fatal("nothing was sampled")
	}
	return a
}

func part(sorted []float64, of float64) float64 {
	return sorted[min(len(sorted)-1, int(of*float64(len(sorted))))]
}

// Four cameras on one clock, under one grant and one entry; one that has
// nothing says why while the others go on.
func TestSeveralCamerasInStep(t *testing.T) {
	req.Shows(t, "VIEW-3", "VIEW-1", "LOG-1")
	f := newSite(t).several(4, testcam.Small, 50, 6)
	b := newBrowser(t, f.url)
	b.logIn("jonas")
	b.openAll(f)
	b.wait("every tile has a picture", `[...document.querySelectorAll('.v-tile')].every(t => t.dataset.t)`)
	b.accessible("four cameras")
	b.fits("four cameras")
	b.shot("rum-fire-1366")
	entries, err := f.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"view.opened"}})
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries of opened footage: %v", len(entries), err)
	}
	for _, id := range f.ids {
		if !strings.Contains(string(entries[0].Body), `"`+id+`"`) {
			t.Errorf("the entry does not name %s: %s", id, entries[0].Body)
		}
	}
	if n := f.entries("grant.given"); n != 1 {
		t.Errorf("%d grants", n)
	}

	begin := f.begin.Add(3 * time.Second).Truncate(time.Second)
	b.goTo(begin)
	b.wait("the asked second is shown", within(begin, 150*time.Millisecond))
	f.together(b, "after a jump", 0, 1, 2, 3)

	// In step while they play, and where they stand after.
	b.do(evalNow(watchApart))
	b.press(" ")
	b.wait("they play", `document.getElementById('rum').dataset.state === 'playing'`)
	b.wait("twelve seconds pass", fmt.Sprintf(`Number(document.getElementById('tid').dataset.t) > %d`, begin.Add(12*time.Second).UnixMilli()))
	b.press("k")
	b.wait("they stand", `document.getElementById('rum').dataset.state === 'paused'`)
	a := b.stopWatching()
	t.Logf("apart: clocks %.0f ms at most, %.0f in the middle; pictures %.0f ms at most, %.0f in 95 of 100", a.Clocks[len(a.Clocks)-1], part(a.Clocks, 0.5), a.Pictures[len(a.Pictures)-1], part(a.Pictures, 0.95))
	if most := part(a.Clocks, 0.95); most >= 100 { // a machine that stands still for a moment is not the product
		t.Errorf("they are %v ms apart", most)
	}
	b.wait("all stand", `[...document.querySelectorAll('.v-tile')].every(t => Math.abs(Number(t.dataset.t) - Number(document.getElementById('tid').dataset.t)) < 80)`)
	f.together(b, "after playing", 0, 1, 2, 3)

	// A step is of the chosen camera, exactly; the others go along.
	b.press("2")
	b.wait("the second is chosen", `document.querySelectorAll('.v-tile')[1].classList.contains('v-chosen')`)
	for _, key := range []struct {
		name string
		by   int
	}{{".", 1}, {".", 1}, {",", -1}} {
		before, at := b.tileNumber(1), b.shownAt()
		b.press(key.name)
		b.wait("the picture changed", fmt.Sprintf(`Number(document.getElementById('tid').dataset.t) !== %d`, at.UnixMilli()))
		b.wait("all stand", `document.getElementById('rum').dataset.state === 'paused'`)
		clip := 0
		for _, x := range f.cams[1].Log() {
			clip = max(clip, x.Shown+1)
		}
		if after := b.tileNumber(1); after != (before+key.by+clip)%clip {
			t.Errorf("after %s picture %d follows %d", key.name, after, before)
		}
		f.together(b, "after a step", 0, 1, 2, 3)
	}
	b.press("1")

	// Bookmarks, by keys alone.
	b.press("b")
	b.wait("it asks for words", `document.activeElement?.id === 'bogmaerke-ord'`)
	b.accessible("a bookmark")
	b.shot("rum-bogmaerke-1366")
	b.fill("#bogmaerke-ord", "To personer ved døren")
	marked := b.shownAt()
	b.click("#bogmaerke-form button[type=submit]")
	b.wait("it is listed", `document.getElementById('bogmaerker').innerText.includes('To personer ved døren')`)
	b.press("]")
	b.wait("another is asked for", `document.getElementById('bogmaerke').open`)
	b.click("#bogmaerke-form button[type=submit]")
	b.wait("both are listed", `document.querySelectorAll('#bogmaerker li').length === 2`)
	b.click("#bogmaerker li:last-child button:last-child")
	b.click("#bogmaerke-slet")
	b.wait("one is gone", `document.querySelectorAll('#bogmaerker li').length === 1`)

	// The moment at which one has nothing: it says why, the others show theirs.
	inGap := f.gap[0].Add(6 * time.Second).Truncate(time.Second)
	b.goTo(inGap)
	b.wait("the tile says why", `(() => { const n = document.querySelectorAll('.v-tile')[2].querySelector('.v-none'); return !n.hidden && n.innerText.includes('Ingen optagelse her') && n.innerText.includes('ameraet'); })()`)
	b.wait("the others show it", within(inGap, 150*time.Millisecond))
	b.wait("all stand", `document.getElementById('rum').dataset.state === 'paused' && document.getElementById('besked').hidden`)
	f.together(b, "beside a gap", 0, 1, 3)
	b.accessible("four cameras, one without")
	b.shot("rum-fire-hul-1366")
	b.click("#bogmaerker .v-mark-go")
	b.wait("the bookmark is gone to", within(marked, 150*time.Millisecond))

	// Where something moved is found and told; the table says the same.
	b.click("#liste summary")
	b.wait("motion is listed", `document.getElementById('liste-tabel').innerText.includes('Bevægelse')`)
	if rows := b.text("#liste-tabel"); !strings.Contains(rows, "Cykelskuret") || !strings.Contains(rows, "Bogmærke: To personer ved døren") || !strings.Contains(rows, "Hul") {
		t.Errorf("the list says %.600q", rows)
	}
	b.click("#liste summary")
	b.shot("rum-fire-bevaegelse-1366")

	// One large, one alone, enlarged and moved, and all again; what is not shown
	// is not fetched.
	b.do(setSelect("#opstilling", "large"))
	b.wait("one is large", `(() => { const w = [...document.querySelectorAll('.v-tile')].map(t => t.offsetWidth); return w[0] > 2*w[1]; })()`)
	b.shot("rum-fire-stor-1366")
	b.do(setSelect("#opstilling", "1"))
	b.wait("one is alone", `[...document.querySelectorAll('.v-tile')].filter(t => !t.hidden).length === 1 && [...document.querySelectorAll('.v-tile video')].filter(v => v.src).length === 1`)
	b.press("z")
	b.press("z")
	b.press("d")
	if css := eval[string](b, `document.querySelector('.v-tile video').style.transform`); !strings.Contains(css, "scale(2.25)") || strings.Contains(css, "translate(-62.5") {
		t.Errorf("enlarged and moved it is %q", css)
	}
	b.accessible("enlarged")
	b.shot("rum-forstoerret-1366")
	b.click("#udsnit-hele")
	b.do(setSelect("#opstilling", "4"))
	b.wait("all are back", `document.getElementById('rum').dataset.state === 'paused' && [...document.querySelectorAll('.v-tile video')].every(v => v.readyState >= 2)`)
	b.size(390, 844)
	b.fits("four cameras on a phone")
	b.accessible("four cameras on a phone")
	b.shot("rum-fire-390")
	b.size(1366, 900)
	b.quiet("the room")

	// One is stopped: its tile alone ends. All end with the right.
	f.issue(&permit.Stop{Head: f.head(), Cameras: []string{f.ids[3]}, Reason: "Linsen skal renses"})
	b.wait("its engine knows", `true`)
	b.goTo(f.begin.Add(10 * time.Second).Truncate(time.Second))
	b.wait("one is stopped, the others are not", `(() => { const none = [...document.querySelectorAll('.v-tile .v-none')].map(n => !n.hidden); return none[3] && !none[0] && document.getElementById('rum').dataset.state === 'paused'; })()`)
	boss := newBrowser(t, f.url)
	boss.logIn("karen")
	boss.open(eval[string](b, `document.querySelector('.v-room-why a').getAttribute('href')`))
	boss.click(`form[action$="/slut"] button`)
	b.wait("all are cut", `document.getElementById('rum').dataset.state === 'cut' && [...document.querySelectorAll('.v-tile video')].every(v => !v.src)`)
}

// mask covers a corner of a camera's picture: the engine has it when this returns.
func (f *film) mask(id string) {
	f.t.Helper()
	signed := must[*permit.Signed](f.t)(f.issuer.Issue(f.t.Context(), nil, &permit.Mask{Head: f.head(), Camera: id, Areas: [][]permit.Point{{{X: 0, Y: 5000}, {X: 3000, Y: 5000}, {X: 3000, Y: 10000}, {X: 0, Y: 10000}}}}))
	if _, err := f.engine.Statement(f.t.Context(), signed.Encode()); err != nil { // again, so that it is there
		f.t.Fatal(err)
	}
}

// More masked cameras than the recorder can make all pictures of at once: each
// is shown, the rest by their key frames, and says so; alone it is shown whole.
func TestNineMaskedCameras(t *testing.T) {
	req.Shows(t, "VIEW-3", "VIEW-4")
	f := newSite(t).several(9, testcam.Tiny, 16, 3)
	for _, id := range f.ids {
		f.mask(id)
	}
	b := newBrowser(t, f.url)
	b.logIn("jonas")
	b.openAll(f)
	const shown, sparse = `[...document.querySelectorAll('.v-tile')].filter(t => t.querySelector('video').readyState >= 2 && t.querySelector('.v-none').hidden).length`,
		`[...document.querySelectorAll('.v-tile')].filter(t => !t.hidden && t.querySelector('.v-remark').innerText.includes('Nøglebilleder')).length`
	b.wait("each is shown", shown+` === 9`)
	most := 2 * max(2, runtime.NumCPU())
	if n := eval[int](b, sparse); n > max(0, 9-most) { // fewer, when one has all its pictures already
		t.Errorf("%d of 9 are shown by key frames, and there is room for %d", n, most)
	}
	if most := eval[float64](b, `(() => { const at = Number(document.getElementById('tid').dataset.t); return Math.max(...[...document.querySelectorAll('.v-tile')].map(t => Math.abs(Number(t.dataset.t) - at))); })()`); most > 2500 {
		t.Errorf("a picture stands %.0f ms from the moment that is shown", most)
	}
	if said := eval[bool](b, `!document.getElementById('vis-faerre').hidden`); said != (eval[int](b, sparse) > 0) {
		t.Errorf("the room says %v that some are shown by key frames", said)
	}
	b.accessible("nine masked cameras")
	b.shot("rum-ni-maskerede-1366")
	b.press(" ")
	from := b.shownAt()
	b.wait("they play", fmt.Sprintf(`Number(document.getElementById('tid').dataset.t) > %d && [...document.querySelectorAll('.v-tile')].every(t => Number(t.dataset.t) > %d)`, from.Add(4*time.Second).UnixMilli(), from.UnixMilli()+1000))
	b.press("k")
	b.press("9")
	b.do(setSelect("#opstilling", "1"))
	b.wait("the ninth is alone, and whole", `(() => { const t = [...document.querySelectorAll('.v-tile')].filter(t => !t.hidden); return t.length === 1 && t[0].querySelector('video').readyState >= 2; })() && `+sparse+` === 0`)
	b.quiet("nine masked cameras")
}

// Nine have their places on a laptop and on a phone.
func TestNineCameras(t *testing.T) {
	req.Shows(t, "VIEW-3")
	f := newSite(t).several(9, testcam.Small, 16, 3)
	b := newBrowser(t, f.url)
	b.logIn("jonas")
	b.openAll(f)
	b.wait("all have a picture", `[...document.querySelectorAll('.v-tile video')].every(v => v.readyState >= 2)`)
	b.press(" ")
	b.wait("they play", `document.getElementById('rum').dataset.state === 'playing'`)
	from := b.shownAt()
	b.wait("three seconds pass", fmt.Sprintf(`Number(document.getElementById('tid').dataset.t) > %d`, from.Add(3*time.Second).UnixMilli()))
	b.press("k")
	b.wait("they stand", `document.getElementById('rum').dataset.state === 'paused' && [...document.querySelectorAll('.v-tile')].every(t => Math.abs(Number(t.dataset.t) - Number(document.getElementById('tid').dataset.t)) < 80)`)
	f.together(b, "of nine", 0, 4, 8)
	b.accessible("nine cameras")
	b.fits("nine cameras")
	b.shot("rum-ni-1366")
	b.do(setSelect("#opstilling", "large"))
	b.wait("one is large", `document.querySelectorAll('.v-tile')[0].offsetWidth > 2*document.querySelectorAll('.v-tile')[1].offsetWidth`)
	b.shot("rum-ni-stor-1366")
	b.do(setSelect("#opstilling", "9"))
	b.size(390, 844)
	b.fits("nine cameras on a phone")
	b.shot("rum-ni-390")
	b.do(setSelect("#opstilling", "4"))
	b.press("9")
	b.wait("the ninth has its page", `(() => { const t = [...document.querySelectorAll('.v-tile')]; return !t[8].hidden && t.filter(x => !x.hidden).length === 1; })()`)
	b.quiet("the room")
}
