package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	guides "vidne.dk/vidne/docs/guide"
)

// VIDNE_PICTURES=1 (`make pictures`) takes the pictures of the guides anew.
var taking = os.Getenv("VIDNE_PICTURES") != ""

// album is held while a picture is put into the list of all.
var album sync.Mutex

// picturesOf are the pictures of the guides by the story that they show.
func picturesOf(t *testing.T) map[string][]guides.Picture {
	t.Helper()
	out := map[string][]guides.Picture{}
	for _, p := range must[[]guides.Picture](t)(guides.Pictures()) {
		out[p.Story] = append(out[p.Story], p)
	}
	return out
}

// pictured holds a picture of the guides against the page that the browser
// shows: a heading that is another than the picture's, or a part that is gone,
// says that the picture has grown old. The window is left as wide as it was.
func (b *browser) pictured(p guides.Picture) {
	b.t.Helper()
	part := p.Part
	if part == "" {
		part = "main"
	}
	heading := eval[string](b, `document.querySelector('h1')?.innerText ?? ''`)
	if eval[bool](b, `document.querySelector(`+quote(part)+`) === null`) {
		b.t.Errorf("the picture %s shows %s, which the page %q does not have", p.File, part, heading)
		return
	}
	if !taking {
		if heading != p.Heading {
			b.t.Errorf("the picture %s is of the page %q, which is %q now: make pictures, and look at it", p.File, p.Heading, heading)
		}
		return
	}
	b.size(int64(p.Window), 900)
	b.wait("fonts", `document.fonts.status === 'loaded'`)
	box := eval[[]float64](b, `(r => [r.left + scrollX, r.top + scrollY, r.width, r.height])(document.querySelector(`+quote(part)+`).getBoundingClientRect())`)
	x, y, w, h := math.Floor(box[0]), math.Floor(box[1]), math.Ceil(box[2]), math.Ceil(box[3])
	if p.Tall > 0 {
		h = min(h, float64(p.Tall))
	}
	var data []byte
	b.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		data, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatWebp).WithQuality(80).WithCaptureBeyondViewport(true).
			WithClip(&page.Viewport{X: x, Y: y, Width: w, Height: h, Scale: 1}).Do(ctx)
		return err
	}))
	b.size(1366, 900)
	p.Heading, p.Width, p.Height = heading, int(w), int(h)
	b.keep(p, data)
}

// keep writes a picture, and what it is of, into the guides' folder.
func (b *browser) keep(p guides.Picture, data []byte) {
	b.t.Helper()
	album.Lock()
	defer album.Unlock()
	dir := filepath.Join("..", "..", "docs", "guide", guides.PicturesIn)
	list := filepath.Join(dir, "billeder.json")
	var all []guides.Picture
	err := json.Unmarshal(must[[]byte](b.t)(os.ReadFile(list)), &all)
	for i := range all {
		if all[i].File == p.File {
			all[i] = p
		}
	}
	if err == nil {
		err = os.WriteFile(list, append(must[[]byte](b.t)(json.MarshalIndent(all, "", "\t")), '\n'), 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, p.File), data, 0o644)
	}
	if err != nil {
		b.t.Fatal(fmt.Errorf("%s: %w", p.File, err))
	}
}
