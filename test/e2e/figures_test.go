//go:build figures

package e2e

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"

	"vidne.dk/vidne/internal/testcam"
)

// The figures that playing must reach, of real 1080p: make bench prints them.
// With VIDNE_LONG=1 it plays for ten minutes.
func TestPlayFigures(t *testing.T) {
	play := 40 * time.Second
	if os.Getenv("VIDNE_LONG") != "" {
		play = 10 * time.Minute
	}
	f := newSite(t).several(4, testcam.School, play.Seconds()+25, 8)
	b := newBrowser(t, f.url)
	b.logIn("jonas")
	b.openAll(f)
	figure := func(name string, value float64) { t.Logf("figure %s: %.1f", name, value) }
	begin := f.begin.Add(2 * time.Second).Truncate(time.Second)
	b.goTo(begin)
	b.wait("it is there", within(begin, 150*time.Millisecond))
	b.do(evalNow(watchApart))
	b.press(" ")
	for seen := begin; seen.Before(begin.Add(play - time.Second)); { // what is waited for takes longer than a browser is asked to wait
		b.do(input.DispatchMouseEvent(input.MouseMoved, 400+float64(seen.Second()), 300)) // somebody is at it: else the page is covered
		next := seen.Add(min(play, 30*time.Second))
		b.wait("it plays on", fmt.Sprintf(`Number(document.getElementById('tid').dataset.t) > %d || document.getElementById('rum').dataset.state === 'end'`, min(next.UnixMilli(), begin.Add(play-time.Second).UnixMilli())))
		if seen = b.shownAt(); eval[string](b, `document.getElementById('rum').dataset.state`) == "end" {
			break
		}
	}
	b.press("k")
	a := b.stopWatching()
	figure("clocks apart at most, ms", a.Clocks[len(a.Clocks)-1])
	figure("clocks apart, 99 of 100, ms", part(a.Clocks, 0.99))
	figure("pictures apart, in the middle, ms", part(a.Pictures, 0.5))
	figure("pictures apart, 95 of 100, ms", part(a.Pictures, 0.95))
	figure("pictures apart, 99 of 100, ms", part(a.Pictures, 0.99))
	figure("pictures apart at most, ms", a.Pictures[len(a.Pictures)-1])
	figure("pictures 100 ms apart or more, of all the time, %", 10*a.Over/float64(len(a.Pictures)))
	figure("pictures 100 ms apart or more, the longest stretch, ms", a.Longest)
	if most := part(a.Clocks, 0.99); most >= 100 {
		t.Errorf("four 1080p cameras are %.0f ms apart", most)
	}

	// Seeks: from the click to the picture on the screen, one camera.
	b.do(setSelect("#opstilling", "1"))
	b.wait("one is alone", `document.getElementById('rum').dataset.state === 'paused'`)
	var took []float64
	for i := range 21 {
		to := f.begin.Add(time.Duration(2+(i*17)%int(play.Seconds())) * time.Second).Truncate(time.Second)
		took = append(took, b.seek(to))
	}
	slices.SortFunc(took, cmp.Compare)
	figure("seek, median, ms", part(took, 0.5))
	if part(took, 0.5) >= 300 {
		t.Errorf("a seek takes %.0f ms", part(took, 0.5))
	}
}

// Seeks in what must be made anew: H.265, and a camera under a mask.
func TestTranscodedSeekFigures(t *testing.T) {
	for name, scene := range map[string]string{"H.265": testcam.Parking, "masked": testcam.School} {
		t.Run(name, func(t *testing.T) {
			f := newSite(t).several(1, scene, 40, 8)
			if name == "masked" {
				f.mask(f.ids[0])
			}
			b := newBrowser(t, f.url)
			b.logIn("jonas")
			b.openAll(f)
			var took []float64
			for i := range 21 {
				took = append(took, b.seek(f.begin.Add(time.Duration(2+(i*17)%30)*time.Second).Truncate(time.Second)))
			}
			slices.SortFunc(took, cmp.Compare)
			t.Logf("figure seek, %s, median, ms: %.1f", name, part(took, 0.5))
			t.Logf("figure seek, %s, slowest, ms: %.1f", name, took[len(took)-1])
			if part(took, 0.5) >= 1000 {
				t.Errorf("a seek takes %.0f ms", part(took, 0.5))
			}
		})
	}
}

// seek goes to a moment and says how many milliseconds pass until its picture
// is painted.
func (b *browser) seek(to time.Time) float64 {
	b.t.Helper()
	b.do(setInput("#gaa-til-tid", to.In(denmark()).Format("2006-01-02T15:04:05")))
	return eval[float64](b, fmt.Sprintf(`new Promise(ok => {
	  const begun = performance.now(), tile = [...document.querySelectorAll('.v-tile')].find(t => !t.hidden);
	  const look = () => { if (Math.abs(Number(tile.dataset.t) - %d) <= 150) ok(performance.now() - begun); else requestAnimationFrame(look); };
	  document.getElementById('gaa-til').requestSubmit();
	  look();
	})`, to.UnixMilli()))
}
