package fence

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bytes"
	"io"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/req"
)

// peopleClip is of Debian's opencv-doc: people who walk over a square.
const peopleClip = "/usr/share/doc/opencv-doc/examples/data/vtest.avi"

// person is one of testdata/people.csv.
type person struct{ frame, x, y, w, h int }

func labelledPeople(t *testing.T) []person {
	t.Helper()
	b, err := os.ReadFile("testdata/people.csv")
	if err != nil {
		t.Fatal(err)
	}
	var all []person
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var p person
		if _, err := fmt.Sscanf(line, "%d,%d,%d,%d,%d", &p.frame, &p.x, &p.y, &p.w, &p.h); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, p)
	}
	return all
}

// hidden reports whether the label says nothing of the head: at the edge, or
// behind the sign.
func (p person) hidden() bool {
	w := min(p.x+p.w*8/10, 448) - max(p.x+p.w*2/10, 410)
	h := min(p.y+p.h*22/100, 246) - max(p.y, 198)
	return p.x < 2 || p.x+p.w > 766 || w > 0 && h > 0 && w*h*100 > 20*(p.w*6/10)*(p.h*22/100)
}

// share is how much of a part of the clip's picture is covered, in percent.
func share(g anonymise.Grid, c anonymise.Cells, x, y, w, h int) int {
	all, on := 0, 0
	for py := max(0, y); py < min(576, y+h); py++ {
		for px := max(0, x); px < min(768, x+w); px++ {
			all++
			if g.Has(c, px/g.Cell, py/g.Cell) {
				on++
			}
		}
	}
	return 100 * on / max(1, all)
}

func TestThePeopleOfAClipAreCovered(t *testing.T) {
	req.Shows(t, "EVID-8")
	models, err := filepath.Abs(filepath.Join("..", "..", ".cache", "anonymise"))
	if err != nil {
		t.Fatal(err)
	}
	a := anonymiser(t, models)
	_, err = os.Stat(peopleClip)
	if lacks := a.Lacks(); len(lacks) > 0 || err != nil {
		if os.Getenv("VIDNE_PARTIAL") == "1" {
			t.Skip("needs the detector and the Debian package opencv-doc")
		}
		t.Fatalf("lacks %v, %v: scripts/setup test makes the detector", lacks, err)
	}
	var src reel
	for n, part := range []string{"trim=end_frame=400", "trim=start_frame=400"} {
		film, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", peopleClip, "-vf", part+",setpts=N/15/TB,format=yuv420p", "-r", "15",
			"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-bf", "0", "-g", "30", "-video_track_timescale", "90000",
			"-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-f", "mp4", "pipe:1").Output()
		if err != nil {
			t.Fatal(err)
		}
		src.pieces, src.start = append(src.pieces, film), append(src.start, int64(n)*400*6000)
	}
	kept := newShelf()
	found, err := a.Find(t.Context(), src, kept, FindOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p := &anonymise.Project{Findings: found}
	painter, err := p.Painter()
	if err != nil {
		t.Fatal(err)
	}
	heads, missed := 0, 0
	for _, l := range labelledPeople(t) {
		if l.hidden() {
			continue
		}
		heads++
		c := painter.Cells(l.frame)
		head := share(painter.Grid, c, l.x+l.w*2/10, l.y, l.w*6/10, l.h*22/100)
		body := share(painter.Grid, c, l.x, l.y, l.w, l.h)
		if head < 90 {
			missed++
			t.Logf("head of %+v covered to %d %%", l, head)
		}
		if body < 50 {
			t.Errorf("%+v is covered to %d %%", l, body)
		}
	}
	if heads < 190 || missed*200 > heads {
		t.Errorf("%d of %d heads are not covered", missed, heads)
	}
	film := made(t, a, src, kept, p)
	report, err := a.Check(t.Context(), io.NopCloser(bytes.NewReader(film)), p, nil)
	if err != nil || !report.Sound() || report.Blind {
		t.Fatalf("%+v, %v", report, err)
	}
	t.Logf("%d heads, %d missed, %d fragments, %.0f %% shown, %s to look at again", heads, missed, len(found.Fragments), 100*report.Shown, strconv.Itoa(len(report.Seen)))
}
